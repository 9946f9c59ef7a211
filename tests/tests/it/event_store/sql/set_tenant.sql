-- So that what refuses a reader is the missing privilege, not the missing tenant.
set app.tenant = '00000000-0000-0000-0000-00000000acae'
