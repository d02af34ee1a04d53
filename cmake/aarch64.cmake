# A cross build for arm64 on Debian, with the archives of its multi-arch packages (packaging/Dockerfile unpacks them).
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc-14)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++-14)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
# Otherwise pkg-config names the build machine's libraries to find_package.
set(ENV{PKG_CONFIG_LIBDIR} /usr/lib/aarch64-linux-gnu/pkgconfig)
# Runs steps of the build and unit tests.
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static)
