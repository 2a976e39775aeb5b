/* a /* b ; */ c */ select 1 -- d ;
; -- e
/*/ */ select - -1, 2--3
, 4/*5*/;