#pragma once

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include <boost/system/result.hpp>

namespace posbench {

/// What went wrong, in one sentence that names the thing and the rule it broke.
/// The error of code that meets bytes from outside and must answer, not throw.
/// Made with braces alone, of one text: were it made of a text in any other way, Boost.System's result could
/// not tell the value of a Result<std::string> from its error.
struct Error {
    Error() = default;  // Boost.System's, for the error of a result that has none
    Error(std::initializer_list<std::string> text) : what(*text.begin()) {}
    std::string what;
};
static_assert(!std::is_constructible_v<Error, std::string>);

/// Value or error: the return of every codec and of every I/O operation.
/// (std::expected comes with C++23; Boost.System's result is its well-kept stand-in.)
template <class T, class E = Error>
using Result = boost::system::result<T, E>;

/// Called by Result::value() when there is an error; found by ADL.
[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) {
    throw std::runtime_error(error.what);
}

}  // namespace posbench
