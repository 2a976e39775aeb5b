select 'it''s', E'a\'b\\', e'\x41', b'01', X'ff', N'x', U&'\0061' UESCAPE '!', u&"x", "a""b";
select 'a'
  -- c
 'b';