#!/bin/sh
# Tells what nobody documents: whether a MERGE may read a temporary external table over an object, what it bills for that, and
# what its error names when a row is bad (docs/internals/decisions/2026-11-30-rows-as-merge-parameter.md). It needs gcloud and bq, a project, a
# bucket and a dataset in one location, and takes away what it makes.
# Usage: external-merge.sh PROJECT BUCKET DATASET
set -eu
project=$1 bucket=$2 dataset=$3
at="gs://$bucket/external-merge-$$" table="$dataset.external_merge_$$" job="external_merge_$$"
trap 'gcloud storage rm "$at-*" --quiet; bq --project_id="$project" rm -f -t "$table"' EXIT
printf '{"id":"a","extra":{"n":1}}\n' | gzip | gcloud storage cp - "$at-good.json.gz"
printf '{"id":"b","extra":{"n":1}}\n{"id":"c","unknown":1}\n' | gzip | gcloud storage cp - "$at-bad.json.gz"
bq --project_id="$project" mk -t "$table" id:STRING,extra:JSON
for which in good bad; do
  echo "== $which"
  bq --project_id="$project" query --use_legacy_sql=false --job_id="${job}_$which" \
    --external_table_definition="batch::id:STRING,extra:JSON@NEWLINE_DELIMITED_JSON=$at-$which.json.gz" \
    "MERGE $table T USING batch S ON T.id = S.id WHEN NOT MATCHED THEN INSERT (id, extra) VALUES (S.id, S.extra)" || true
  bq --project_id="$project" --format=prettyjson show -j "${job}_$which" |
    grep -E '"(totalBytesBilled|numDmlAffectedRows|reason|location|message)"' || true
done
