{{- define "redress.selector" -}}
app.kubernetes.io/name: redress
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "redress.labels" -}}
{{ include "redress.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "redress.image" -}}
image: {{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- end }}

{{- /* What every pod has, whatever it runs. */ -}}
{{- define "redress.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: { type: RuntimeDefault }
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{ toJson . }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{ toJson . }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
volumes:
  - name: tmp
    emptyDir: { sizeLimit: 1Gi }
{{- with .Values.kafka.tlsSecret }}
  - name: kafka-tls
    secret: { secretName: {{ . }}, defaultMode: 0440 }
{{- end }}
{{- end }}

{{- define "redress.container" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
volumeMounts:
  - { name: tmp, mountPath: /tmp }
{{- if .Values.kafka.tlsSecret }}
  - { name: kafka-tls, mountPath: /etc/redress/kafka, readOnly: true }
{{- end }}
{{- end }}

{{- /* How Kafka is reached, as a map of environment variables. */ -}}
{{- define "redress.kafka" -}}
REDRESS_KAFKA: {{ .Values.kafka.bootstrapServers | quote }}
REDRESS_KAFKA_SECURITY_PROTOCOL: {{ .Values.kafka.securityProtocol | quote }}
{{- if hasPrefix "SASL" .Values.kafka.securityProtocol }}
REDRESS_KAFKA_SASL_MECHANISM: {{ .Values.kafka.saslMechanism | quote }}
{{- end }}
{{- if .Values.kafka.tlsSecret }}
REDRESS_KAFKA_CA_FILE: /etc/redress/kafka/ca.crt
{{- if .Values.kafka.clientCertificate }}
REDRESS_KAFKA_CERTIFICATE_FILE: /etc/redress/kafka/tls.crt
REDRESS_KAFKA_KEY_FILE: /etc/redress/kafka/tls.key
{{- end }}
{{- end }}
{{- end }}

{{- /* The settings of one process: {root, service, role}, as a map of environment variables. */ -}}
{{- define "redress.env" -}}
{{- $values := .root.Values }}
{{- $own := index $values.services .service }}
{{- $base := dict "REDRESS_ROLE" .role "REDRESS_MODE" $values.mode "REDRESS_LOG_LEVEL" $values.logLevel
      "REDRESS_DRAIN_SECONDS" (toString $values.drainSeconds) "REDRESS_SHUTDOWN_SECONDS" (toString $values.shutdownSeconds)
      "REDRESS_JWT_ISSUERS" (toJson $values.jwtIssuers) "REDRESS_OTLP_ENDPOINT" $values.otlpEndpoint }}
{{- $kafka := include "redress.kafka" .root | fromYaml }}
{{- $role := index $values .role }}
{{- $both := index $own .role | default dict }}
{{- toYaml (mergeOverwrite $base $kafka (deepCopy $role.env) (deepCopy $own.env) (deepCopy ($both.env | default dict))) }}
{{- end }}

{{- /* The values of a role, with those that a service has for itself: {root, service, role}. */ -}}
{{- define "redress.role" -}}
{{- $own := index .root.Values.services .service }}
{{- toYaml (mergeOverwrite (deepCopy (index .root.Values .role)) (deepCopy (index $own .role | default dict))) }}
{{- end }}

{{- /* A way out: {to, port}. */ -}}
{{- define "redress.way" -}}
- to: {{ toJson .to }}
  ports: [{ protocol: TCP, port: {{ .port }} }]
{{- end }}
