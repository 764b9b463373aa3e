"""Signing keys at rest: secrets and seed sealed (ADR 0045), the public key in clear."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from shared.platform.outbound.signature import SigningKeys, public_key_text
from shared.platform.sealing import Sealer


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedKeys:
    """Keys as they are stored. `about` is what they are bound to; until they are sealed, they are as they were made."""

    about: str
    secret: bytes
    seed: bytes
    public_key: str
    previous: bytes | None
    previous_until: datetime | None
    is_sealed: bool = True

    @classmethod
    def of(cls, keys: SigningKeys, *, sealer: Sealer, about: str) -> Self:
        """`keys`, sealed with the first of the sealer's keys."""
        return cls(
            about=about,
            secret=sealer.seal(keys.secret, about=about),
            seed=sealer.seal(keys.seed, about=about),
            public_key=public_key_text(keys.seed),
            previous=None if keys.previous is None else sealer.seal(keys.previous, about=about),
            previous_until=keys.previous_until,
        )

    def opened(self, sealer: Sealer) -> SigningKeys:
        """The keys to sign with. Raises SealBroken."""
        return SigningKeys(
            secret=self._open(self.secret, sealer),
            seed=self._open(self.seed, sealer),
            previous=None if self.previous is None else self._open(self.previous, sealer),
            previous_until=self.previous_until,
        )

    def _open(self, stored: bytes, sealer: Sealer) -> bytes:
        return sealer.open(stored, about=self.about) if self.is_sealed else stored
