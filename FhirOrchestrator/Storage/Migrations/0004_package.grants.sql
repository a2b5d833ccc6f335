-- Facts: written once.
GRANT SELECT, INSERT ON orchestrator.package TO :"runtime";
