GRANT USAGE ON SCHEMA partner, sandbox TO :"runtime";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA partner, sandbox TO :"runtime";
GRANT USAGE ON ALL SEQUENCES IN SCHEMA partner, sandbox TO :"runtime";
