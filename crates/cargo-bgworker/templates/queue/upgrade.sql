-- For the next version: set default_version in the control file when you release it.
create view failures as select id, input, error from jobs where error is not null;
