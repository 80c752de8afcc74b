{{/* What the service does with Kafka, and nothing else; docs/kubernetes.md says what each is for. */}}
{{- define "harbinger.strimzi.acls" -}}
{{- $config := .Values.config -}}
{{- $topics := $config.topics -}}
{{- $create := ternary (list) (list "Create") (or .Values.strimzi.topics.enabled (not (dig "create" true $topics))) -}}
{{- $redrive := .Values.strimzi.user.redrive -}}
{{- $rights := dict -}}
{{- if .Values.worker.enabled -}}
{{- $_ := set $rights $topics.articles (concat (list "Describe" "DescribeConfigs" "Read") (ternary (list "Write") (list) $redrive)) -}}
{{- $_ := set $rights $topics.enriched (list "Describe" "DescribeConfigs" "Write") -}}
{{- $_ := set $rights $topics.dead_letters (concat (list "Describe" "DescribeConfigs") (ternary (list "Read") (list) $redrive) (list "Write")) -}}
{{- end -}}
{{- if .Values.monitor.enabled -}}
{{- $own := fromYaml (include "harbinger.monitorTopics" .) -}}
{{- $_ := set $rights $topics.articles (get $rights $topics.articles | default (list "Describe" "DescribeConfigs")) -}}
{{- $_ := set $rights $topics.enriched (concat (list "Describe" "DescribeConfigs" "Read") (ternary (list "Write") (list) .Values.worker.enabled)) -}}
{{- $_ := set $rights $topics.alerts (list "Describe" "DescribeConfigs" "Read" "Write") -}}
{{- $_ := set $rights $own.pairs (list "Describe" "Read" "Write") -}}
{{- $_ := set $rights $own.changelog (list "Describe" "Read" "Write") -}}
{{- $_ := set $rights $own.dead_letters (list "Describe" "Write") -}}
{{- end -}}
{{- range $name, $operations := $rights }}
- resource: {type: topic, name: {{ $name | quote }}, patternType: literal}
  operations: {{ toJson (concat $create $operations) }}
{{- end }}
{{- if .Values.worker.enabled }}
# members of the group, and offsets inside of its transactions
- resource: {type: group, name: {{ $config.kafka.group_id | quote }}, patternType: literal}
  operations: ["Describe", "Read"]
# one transactional id for each partition: PREFIX.GROUP.TOPIC.PARTITION
- resource: {type: transactionalId, name: {{ printf "%s.%s." $config.kafka.transactional_id_prefix $config.kafka.group_id | quote }}, patternType: prefix}
  operations: ["Describe", "Write"]
{{- if $redrive }}
- resource: {type: transactionalId, name: {{ printf "%s.redrive." $config.kafka.transactional_id_prefix | quote }}, patternType: prefix}
  operations: ["Describe", "Write"]
{{- end }}
{{- end }}
{{- if .Values.monitor.enabled }}
{{- if not .Values.worker.enabled }}
# how far the workers are, so that article time does not run ahead of them
- resource: {type: group, name: {{ $config.kafka.group_id | quote }}, patternType: literal}
  operations: ["Describe"]
{{- end }}
- resource: {type: group, name: {{ $config.monitor.group_id | quote }}, patternType: literal}
  operations: ["Describe", "Read"]
# the ledgers: one transactional id for each partition of the alerts
- resource: {type: transactionalId, name: {{ printf "%s.%s." $config.kafka.transactional_id_prefix $config.monitor.group_id | quote }}, patternType: prefix}
  operations: ["Describe", "Write"]
{{- end }}
{{- end -}}
