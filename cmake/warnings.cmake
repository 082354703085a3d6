# The warnings our own targets are built with. They are private: no user of the library sees them.
function(concur_warnings target)
    target_compile_options(${target} PRIVATE
        -Wall -Wextra -Wpedantic -Wconversion -Wshadow
        $<$<BOOL:${CONCUR_WERROR}>:-Werror>
    )
endfunction()
