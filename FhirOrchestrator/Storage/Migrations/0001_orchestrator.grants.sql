GRANT EXECUTE ON FUNCTION orchestrator.now() TO :"runtime";
