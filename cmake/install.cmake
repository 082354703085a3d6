# What `cmake --install` puts on a machine: the library, its headers, and the two files by which
# others find it (CMake's package and pkg-config's).
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/concur)

install(TARGETS concur EXPORT concurTargets FILE_SET HEADERS)
install(EXPORT concurTargets NAMESPACE concur:: DESTINATION ${package_dir})

configure_package_config_file(
    ${CMAKE_CURRENT_LIST_DIR}/concurConfig.cmake.in
    ${CMAKE_CURRENT_BINARY_DIR}/concurConfig.cmake
    INSTALL_DESTINATION ${package_dir}
)
write_basic_package_version_file(
    ${CMAKE_CURRENT_BINARY_DIR}/concurConfigVersion.cmake
    COMPATIBILITY SameMinorVersion
)
install(FILES
    ${CMAKE_CURRENT_BINARY_DIR}/concurConfig.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/concurConfigVersion.cmake
    DESTINATION ${package_dir}
)

# The .pc file finds its prefix from where it lies, so that the tree can be moved. Threads are a
# private matter of the shared library, and everybody's where only the archive exists.
set(pc_dir ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH pc_prefix ${pc_dir} ${CMAKE_INSTALL_PREFIX})
file(RELATIVE_PATH pc_libdir ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_LIBDIR})
file(RELATIVE_PATH pc_includedir ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
get_target_property(kind concur TYPE)
if(kind STREQUAL "STATIC_LIBRARY")
    set(pc_libs "-L\${libdir} -lconcur -pthread")
    set(pc_libs_private "")
else()
    set(pc_libs "-L\${libdir} -lconcur")
    set(pc_libs_private "-pthread")
endif()
configure_file(
    ${CMAKE_CURRENT_LIST_DIR}/concur.pc.in ${CMAKE_CURRENT_BINARY_DIR}/concur.pc @ONLY
)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/concur.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
)
