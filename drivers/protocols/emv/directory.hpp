#pragma once

#include <string_view>

/// Names by which the directories of applications are selected.
namespace posbench::emv {

inline constexpr std::string_view contact_directory = "1PAY.SYS.DDF01";      ///< EMV book 1 clause 12.2.2
inline constexpr std::string_view contactless_directory = "2PAY.SYS.DDF01";  ///< EMV book B clause 3.3.2

}  // namespace posbench::emv
