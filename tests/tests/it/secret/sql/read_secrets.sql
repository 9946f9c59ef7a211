select count(*) from secrets
