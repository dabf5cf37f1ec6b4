#pragma once

/// The one place that knows which Catch2 is installed: 2.13 on Debian 12, 3 on Debian 13. Tests are written
/// in the names of Catch2 3.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <string>

#include <catch2/catch.hpp>

namespace Catch {
using Detail::Approx;
}

namespace Catch::Matchers {

inline StdString::ContainsMatcher ContainsSubstring(const std::string& text) {
    return Contains(text);
}

}  // namespace Catch::Matchers
#endif
