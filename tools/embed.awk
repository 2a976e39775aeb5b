# Prints C constants sql_NAME that hold the texts of the files NAME.sql, or with -v header=1
# their declarations.
function name(path) {
    sub(/^.*\//, "", path)
    sub(/\.sql$/, "", path)
    return path
}
BEGIN {
    if (header)
        print "#pragma once"
    else
        print "#include \"" include "\""
}
FNR == 1 {
    if (header)
        print "extern const char sql_" name(FILENAME) "[];"
    else
        print (NR > 1 ? ";\n" : "") "const char sql_" name(FILENAME) "[] ="
}
!header {
    gsub(/[\\"]/, "\\\\&")
    print "    \"" $0 "\\n\""
}
END {
    if (!header)
        print ";"
}
