{{/* The release's name, with the chart's unless it has it already. */}}
{{- define "dtms.name" -}}
{{- if contains "dtms" .Release.Name -}}{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else -}}{{ printf "%s-dtms" .Release.Name | trunc 50 | trimSuffix "-" }}{{- end -}}
{{- end -}}

{{- define "dtms.selector" -}}
app.kubernetes.io/name: dtms
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "dtms.labels" -}}
{{ include "dtms.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "dtms.image" -}}
{{- if .Values.image.digest -}}{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{- end -}}
{{- end -}}

{{- define "dtms.scheme" -}}
{{- if .Values.tls.secret -}}HTTPS{{- else -}}HTTP{{- end -}}
{{- end -}}

{{/* What cannot work is refused before anything is installed. */}}
{{- define "dtms.check" -}}
{{- if and (eq .Values.environment "production") (not .Values.tls.secret) (not .Values.tls.terminatedElsewhere) -}}
{{- fail "production requires TLS: set tls.secret, or tls.terminatedElsewhere where a mesh or a proxy does it" -}}
{{- end -}}
{{- if and .Values.tls.secret (eq .Values.probes.readiness "grpc") -}}
{{- fail "probes.readiness: the kubelet's gRPC probe speaks no TLS; use http with tls.secret" -}}
{{- end -}}
{{- end -}}
