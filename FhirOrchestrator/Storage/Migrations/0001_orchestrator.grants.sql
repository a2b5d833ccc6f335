GRANT EXECUTE ON FUNCTION orchestrator.now() TO :"runtime";
GRANT EXECUTE ON FUNCTION orchestrator.sees(text) TO :"runtime";
GRANT EXECUTE ON FUNCTION orchestrator.ensure_partitions(integer, integer) TO :"runtime";
GRANT USAGE ON SEQUENCE orchestrator.inbox_id, orchestrator.verdict_number, orchestrator.audit_number TO :"runtime";

-- Facts: written once. Neither the run-time login nor whoever takes it over changes or removes them.
GRANT SELECT ON orchestrator.installation TO :"runtime";
GRANT SELECT, INSERT ON
    orchestrator.inbox, orchestrator.inbox_seen, orchestrator.verdict, orchestrator.chain_key, orchestrator.event,
    orchestrator.audit
TO :"runtime";

-- What changes and stays.
GRANT SELECT, INSERT, UPDATE ON
    orchestrator.quarantine, orchestrator.chain_done, orchestrator.written, orchestrator.letter, orchestrator.incident
TO :"runtime";

-- What comes and goes.
GRANT SELECT, INSERT, UPDATE, DELETE ON
    orchestrator.registration, orchestrator.inbox_queue, orchestrator.chain, orchestrator.chain_input, orchestrator.wait,
    orchestrator.job, orchestrator.timer, orchestrator.publish, orchestrator.work_item
TO :"runtime";
