--
-- PostgreSQL database dump
--

\restrict 8Qm1fPvB3kTz

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);

CREATE TABLE public.votes (
    id bigint NOT NULL,
    choice text
);

COPY public.votes (id, choice) FROM stdin;
1	it's
2	\N
\.

--
-- PostgreSQL database dump complete
--

\unrestrict 8Qm1fPvB3kTz

