-- PostgreSQL keeps no answers, so there is nothing to count.
SELECT 1;
