GRANT SELECT, INSERT, UPDATE, DELETE ON sandbox.publisher, sandbox.publisher_subscriber, sandbox.publisher_delivery,
    sandbox.publisher_dropped TO :"runtime";
