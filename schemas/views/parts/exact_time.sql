-- `when` has microseconds where ce_time has seconds. A time that is minutes away is no finer one of the same moment:
-- partitions are chosen by ce_time, so the two may not be in days that lie apart.
IF(ABS(TIMESTAMP_DIFF(TIMESTAMP(body.`when`), happened_at, SECOND)) <= 300, TIMESTAMP(body.`when`), happened_at)
