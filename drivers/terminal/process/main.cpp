#include <exception>
#include <iostream>

#include <unistd.h>

#include "drivers/terminal/process/program.hpp"

/// posbench-terminal: started by the bench, never by hand.
int main() {
    using posbench::runtime::FileDescriptor;
    try {
        posbench::terminal::process::serve(FileDescriptor(STDIN_FILENO), FileDescriptor(STDOUT_FILENO));
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "posbench-terminal: " << error.what() << '\n';
        return 1;
    }
}
