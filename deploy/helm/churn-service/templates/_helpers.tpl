{{/* Names have 63 characters at the most, for they become names in DNS. */}}
{{- define "churn-service.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "churn-service.fullname" -}}
{{- $name := include "churn-service.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "churn-service.selector" -}}
app.kubernetes.io/name: {{ include "churn-service.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "churn-service.labels" -}}
{{ include "churn-service.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "churn-service.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* The Secret that holds keys.json; empty without keys. */}}
{{- define "churn-service.keysSecret" -}}
{{- if .Values.keys.existingSecret -}}
{{- .Values.keys.existingSecret -}}
{{- else if .Values.keys.content -}}
{{- printf "%s-keys" (include "churn-service.fullname" . | trunc 58 | trimSuffix "-") -}}
{{- end -}}
{{- end -}}

{{- define "churn-service.keySecretOfMonitor" -}}
{{- required "Where callers need a key, Prometheus needs one with the scope metrics: name its Secret in serviceMonitor.keySecret.name." .Values.serviceMonitor.keySecret.name -}}
{{- end -}}

{{/* One value of an option as churn-serve reads it: YAML's on and off are booleans, and its large numbers 1e+06. */}}
{{- define "churn-service.setting" -}}
{{- if kindIs "string" . -}}{{ . }}{{- else if kindIs "bool" . -}}{{ ternary "on" "off" . }}{{- else -}}{{ toJson . }}{{- end -}}
{{- end -}}

{{/* What can be said of the values only together. */}}
{{- define "churn-service.check" -}}
{{- if and .Values.keys.existingSecret .Values.keys.content -}}
{{- fail "keys.existingSecret and keys.content are both given: the keys are in one of them; leave the other empty." -}}
{{- end -}}
{{- if not (or (include "churn-service.keysSecret" .) (index .Values.settings "oidc-issuer") .Values.insecure) -}}
{{- fail "Who may call? Give keys.existingSecret, keys.content or settings.oidc-issuer; or set insecure to true where something in front of the service decides it." -}}
{{- end -}}
{{- if and (eq .Values.bundle.from "claim") (not .Values.bundle.claim.name) -}}
{{- fail "bundle.from is claim, and bundle.claim.name is empty: name the PersistentVolumeClaim that holds the bundle." -}}
{{- end -}}
{{- if and (eq .Values.bundle.from "init") (not .Values.bundle.init.image) -}}
{{- fail "bundle.from is init, and bundle.init.image is empty: name the image that fetches the bundle to /bundle." -}}
{{- end -}}
{{- end -}}
