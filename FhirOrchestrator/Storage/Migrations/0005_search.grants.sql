GRANT SELECT, UPDATE ON partner.search_state, sandbox.search_state TO :"runtime";
GRANT SELECT, INSERT, DELETE ON partner.search_snapshot, sandbox.search_snapshot TO :"runtime";
