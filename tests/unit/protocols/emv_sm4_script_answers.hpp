#pragma once

#include <string_view>

/// Known answers, printed by emv_sm4_script_answers.py: issuer scripts with SM4 without the code under test.
namespace posbench::sm4_script_answers {

inline constexpr std::string_view application_block = "841E000004F4555E0A";
inline constexpr std::string_view application_unblock_long_mac = "841800000809768705C8D0B98B";
inline constexpr std::string_view put_data = "04DA9F580507863A3059";
inline constexpr std::string_view pin_block = "044321FF17AAAE86";
inline constexpr std::string_view pin_block_with_current = "45B8887717AAAE86";
inline constexpr std::string_view pin_change = "842400021473E203C65F8759A93BC5D09B8D8F61F8B610EEC0";
inline constexpr std::string_view pin_change_with_current =
    "8424000114DED2ABFE0ADC8A2282E5CD0CFB54557C29649ED2";
inline constexpr std::string_view enciphered_15 = "4701469C6D25A22FE3A77D220171AA2E";
inline constexpr std::string_view enciphered_16 =
    "0C92810516AA63C6CADE6170F566E3B769F91AE3D2E09B395C8A1E7950F2DF20";

}  // namespace posbench::sm4_script_answers
