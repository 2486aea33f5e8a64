-- For the next version: set default_version in the control file when you release it.
create view latest as select id, text from notes order by id desc limit 10;
