{{- define "stet.fullname" -}}
{{- default .Release.Name .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "stet.selectorLabels" -}}
app.kubernetes.io/name: stet
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "stet.labels" -}}
{{ include "stet.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end -}}

{{- define "stet.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "stet.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "stet.image" -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}

{{- /* The first three nodes: through any of them a new one finds the cluster. Always three, so that
growing the cluster does not restart the nodes that it has. */ -}}
{{- define "stet.seeds" -}}
{{- $name := include "stet.fullname" . -}}
{{- $separator := "" -}}
[
{{- range $i := until 3 -}}
{{ $separator }}"http://{{ $name }}-{{ $i }}.{{ $name }}-cluster:5122"
{{- $separator = "," -}}
{{- end -}}
]
{{- end -}}
