fold_day, key_high, key_low
