-- Plans are made without knowing the values, as those of a connection that has asked often.
set plan_cache_mode = force_generic_plan
