#include "drivers/card/status_words.hpp"

#include <array>
#include <string_view>

#include <fmt/format.h>

#include "bench/runtime/plural.hpp"

namespace posbench::card {
namespace {

struct Word {
    std::uint16_t sw;
    std::string_view text;
};

constexpr std::array words{
    Word{0x9000, "success"},
    Word{0x6200, "warning, no information, memory unchanged"},
    Word{0x6281, "part of the data may be corrupted"},
    Word{0x6282, "end of file reached before as many octets were read"},
    Word{0x6283, "selected file is deactivated: the application is blocked"},
    Word{0x6284, "control information is not formatted as it should be"},
    Word{0x6285, "selected file is in termination state"},
    Word{0x6300, "authentication failed"},
    Word{0x6381, "file filled up by the last write"},
    Word{0x6400, "execution error, memory unchanged"},
    Word{0x6500, "execution error, memory changed"},
    Word{0x6581, "memory failure"},
    Word{0x6700, "wrong length"},
    Word{0x6881, "logical channel not supported"},
    Word{0x6882, "secure messaging not supported"},
    Word{0x6900, "command not allowed"},
    Word{0x6981, "command incompatible with the file's structure"},
    Word{0x6982, "security status not satisfied"},
    Word{0x6983, "authentication method blocked: no PIN tries left"},
    Word{0x6984, "reference data not usable"},
    Word{0x6985, "conditions of use not satisfied"},
    Word{0x6986, "command not allowed: no current file"},
    Word{0x6987, "secure messaging objects missing"},
    Word{0x6988, "secure messaging objects incorrect"},
    Word{0x6A80, "wrong parameters in the data field"},
    Word{0x6A81, "function not supported, or the card is blocked"},
    Word{0x6A82, "file or application not found"},
    Word{0x6A83, "record not found"},
    Word{0x6A84, "not enough memory in the file"},
    Word{0x6A86, "wrong parameters P1-P2"},
    Word{0x6A88, "referenced data not found"},
    Word{0x6B00, "wrong parameters P1-P2"},
    Word{0x6D00, "instruction not supported"},
    Word{0x6E00, "class not supported"},
    Word{0x6F00, "no precise diagnosis"},
};

}  // namespace

std::string status_in_words(std::uint16_t sw) {
    for (const Word& known : words)
        if (known.sw == sw) return std::string(known.text);
    const int low = sw & 0xFF;
    if ((sw & 0xFFF0) == 0x63C0)
        return fmt::format("wrong PIN, {} {} left", low & 0x0F, (low & 0x0F) == 1 ? "try" : "tries");
    switch (sw >> 8) {
        case 0x61:
            return low == 0 ? "256 octets or more to be fetched by GET RESPONSE"
                            : runtime::counted(low, "octet") + " to be fetched by GET RESPONSE";
        case 0x6C:
            return fmt::format("wrong expected length: {} there",
                               low == 1 ? "1 octet is" : fmt::format("{} octets are", low == 0 ? 256 : low));
        case 0x62:
        case 0x63:
            return "warning";
        case 0x64:
        case 0x65:
        case 0x66:
            return "execution error";
        case 0x67:
        case 0x68:
        case 0x69:
        case 0x6A:
            return "checking error";
        default:
            return "no meaning in ISO/IEC 7816-4";
    }
}

}  // namespace posbench::card
