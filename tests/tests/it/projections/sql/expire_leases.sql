-- Every lease is free: whoever asks first takes it and raises its epoch.
update projection_leases set expires_at = '-infinity' where shard >= 0
