-- For the next version: set default_version in the control file when you release it.
create index on events (at);
