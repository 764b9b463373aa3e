#!/bin/sh
# Write deploy/compose.env from its example, with new passwords and keys, and the key pair that signs tokens for trying.
set -eu
cd "$(dirname "$0")"
umask 077
if [ -e compose.env ]; then
  echo "deploy/compose.env is there already; its passwords are those of the database. Remove both together." >&2
  exit 1
fi
while IFS= read -r line; do
  case $line in
    '#'*) printf '%s\n' "$line" ;;
    *'=<password>') printf '%s%s\n' "${line%<password>}" "$(openssl rand -hex 24)" ;;
    *'=<key>') printf '%s%s\n' "${line%<key>}" "$(openssl rand -base64 32)" ;;
    *) printf '%s\n' "$line" ;;
  esac
done < compose.env.example > .compose.env.part
keys=../.redress/keys
mkdir -p "$keys"
[ -e "$keys/jwt-private.pem" ] || openssl genpkey -algorithm ed25519 -out "$keys/jwt-private.pem"
openssl pkey -in "$keys/jwt-private.pem" -pubout -out "$keys/jwt-public.pem"
chmod 644 "$keys/jwt-public.pem"
mv .compose.env.part compose.env
echo "deploy/compose.env is written. Set REDRESS_SMTP_URL in it before mails are to arrive."
