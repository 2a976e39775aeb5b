-- GET /a
SELECT :a, :b?-1, :c?|| 1, $$:d$$, ARRAY[:a,:a];
