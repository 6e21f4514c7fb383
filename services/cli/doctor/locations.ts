/** Which bucket a dataset can load from (https://cloud.google.com/bigquery/docs/batch-loading-data#location). */

/** Where Cloud Storage has more than one region under a name. */
const EUROPE = /^(EU|EUR\d+|EUROPE-.+)$/;

/**
 * `unsure` for buckets of several regions beside a dataset of one: whether its region is among them is not in the names.
 * @param locationType of the bucket: region, dual-region or multi-region
 */
export function canLoad(dataset: string, bucket: string, locationType: string): "yes" | "no" | "unsure" {
  const [to, from] = [dataset.toUpperCase(), bucket.toUpperCase()];
  // A dataset in US takes objects from anywhere.
  if (to === "US" || to === from) return "yes";
  if (to === "EU") return EUROPE.test(from) ? "yes" : "no";
  return locationType === "dual-region" || locationType === "multi-region" ? "unsure" : "no";
}
