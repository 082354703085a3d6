# A program in which the fuzzer plays the system around a pool: see played_system.hpp.
function(concur_play_system target)
    foreach(part pool_play hostile_worker played_system)
        target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/fuzz/${part}.cpp)
    endforeach()
    target_link_options(${target} PRIVATE LINKER:--wrap=mmap,--wrap=munmap,--wrap=epoll_pwait2)
endfunction()
