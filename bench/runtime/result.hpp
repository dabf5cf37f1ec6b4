#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include <boost/system/result.hpp>

namespace posbench {

/// What went wrong, in one sentence that names the thing and the rule it broke.
/// The error of code that meets bytes from outside and must answer, not throw.
struct Error {
    std::string what;
};

/// Value or error: the return of every codec and of every I/O operation.
/// (std::expected comes with C++23; Boost.System's result is its well-kept stand-in.)
template <class T, class E = Error>
using Result = boost::system::result<T, E>;

/// Called by Result::value() when there is an error; found by ADL.
[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) {
    throw std::runtime_error(error.what);
}

}  // namespace posbench
