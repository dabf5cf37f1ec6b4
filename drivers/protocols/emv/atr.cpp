#include "drivers/protocols/emv/atr.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "bench/runtime/plural.hpp"

namespace posbench::emv {
namespace {

constexpr int most_octets_of_atr = 33;  // ISO/IEC 7816-3 clause 8.2.1: TS and at most 32 characters
constexpr std::int64_t nanoseconds = 1'000'000'000;

std::uint8_t checksum(ByteView octets) noexcept {
    return std::accumulate(octets.begin(), octets.end(), std::uint8_t{0}, std::bit_xor<>());
}

struct Malformed : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Octets one after the other, each under its name.
class Characters {
  public:
    explicit Characters(ByteView octets) : octets_(octets) {}

    std::uint8_t take(std::string name) {
        name_ = std::move(name);
        if (next_ == octets_.size()) throw Malformed{fmt::format("octet {} ({}) is missing", next_, name_)};
        return octets_[next_++];
    }
    ByteView take_historical(std::size_t count) {
        name_ = "historical";
        if (octets_.size() - next_ < count)
            throw Malformed{fmt::format("octet {}: {} of {} historical octets are missing", octets_.size(),
                                        count - (octets_.size() - next_), count)};
        next_ += count;
        return octets_.subspan(next_ - count, count);
    }
    std::size_t left() const noexcept { return octets_.size() - next_; }
    std::size_t position() const noexcept { return next_; }
    /// Refuses the octet taken last.
    [[noreturn]] void fail(const std::string& rule) const {
        throw Malformed{fmt::format("octet {} ({}): {}", next_ - 1, name_, rule)};
    }

  private:
    ByteView octets_;
    std::size_t next_ = 0;
    std::string name_;
};

/// The interface characters of an answer to reset, group by group.
class InterfaceCharacters {
  public:
    InterfaceCharacters(Characters& characters, Atr& atr) : characters_(characters), atr_(atr) {}

    /// @param announced high digit of T0: which of TA1 TB1 TC1 TD1 follow
    void read(unsigned announced) {
        for (int group = 1; announced != 0; ++group) {
            const bool of_t1 = group > 2 && protocol_ == 1;
            first_for_t1_ = of_t1 && !t1_seen_;
            t1_seen_ = t1_seen_ || of_t1;
            if ((announced & 0x1) != 0) a(group, take('A', group));
            if ((announced & 0x2) != 0) b(group, take('B', group));
            if ((announced & 0x4) != 0) c(group, take('C', group));
            announced = (announced & 0x8) != 0 ? d(group, take('D', group)) : 0;
        }
        if (atr_.protocols.empty()) atr_.protocols.push_back(0);
    }
    /// TCK is there when a protocol other than T=0 was named (clause 8.2.5).
    bool checksum_follows() const noexcept { return checksum_; }

  private:
    std::uint8_t take(char kind, int group) {
        const std::uint8_t octet = characters_.take(fmt::format("T{}{}", kind, group));
        atr_.characters.push_back({kind, group, characters_.position() - 1, octet});
        return octet;
    }
    void a(int group, std::uint8_t octet) {
        if (group == 1) atr_.speed = octet;
        if (group == 2) atr_.specific = octet & 0x0F;
        if (!first_for_t1_) return;
        if (octet == 0x00 || octet == 0xFF) characters_.fail("an IFSC of 00 or FF is reserved");
        atr_.information_size = octet;
    }
    void b(int, std::uint8_t octet) {
        if (!first_for_t1_) return;  // TB1, TB2: programming voltage, of no meaning any more
        atr_.block_waiting_integer = octet >> 4;
        atr_.character_waiting_integer = octet & 0x0F;
        if (atr_.block_waiting_integer > 9) characters_.fail("a BWI above 9 is reserved");
    }
    void c(int group, std::uint8_t octet) {
        if (group == 1) atr_.extra_guard_time = octet;
        if (group == 2) {
            if (octet == 0) characters_.fail("a WI of 0 is reserved");
            atr_.waiting_integer = octet;
        }
        if (!first_for_t1_) return;
        if (octet > 1) characters_.fail("only bit 1 has a meaning: 00 is LRC, 01 is CRC");
        atr_.crc = octet == 1;
    }
    /// What it announces in turn.
    unsigned d(int group, std::uint8_t octet) {
        constexpr int global = 15;
        protocol_ = octet & 0x0F;
        if (protocol_ == global) {
            if (group == 1) characters_.fail("T=15 is no protocol and cannot come first");
        } else if (std::ranges::find(atr_.protocols, protocol_) == atr_.protocols.end()) {
            atr_.protocols.push_back(protocol_);
        }
        checksum_ = checksum_ || protocol_ != 0;
        return octet >> 4;
    }

    Characters& characters_;
    Atr& atr_;
    int protocol_ = 0;
    bool first_for_t1_ = false;
    bool t1_seen_ = false;
    bool checksum_ = false;
};

Atr read_atr(ByteView octets) {
    Characters characters(octets);
    Atr atr;
    const std::uint8_t ts = characters.take("TS");
    if (ts != 0x3B && ts != 0x3F)
        characters.fail(fmt::format("{:02X} is neither 3B (direct) nor 3F (inverse convention)", ts));
    atr.inverse_convention = ts == 0x3F;
    const std::uint8_t t0 = characters.take("T0");
    InterfaceCharacters interface(characters, atr);
    interface.read(t0 >> 4);
    const ByteView historical = characters.take_historical(t0 & 0x0Fu);
    atr.historical.assign(historical.begin(), historical.end());
    if (interface.checksum_follows()) {
        const std::uint8_t tck = characters.take("TCK");
        const std::uint8_t right = checksum(octets.subspan(1, characters.position() - 2));
        if (tck != right) characters.fail(fmt::format("is {:02X}, must be {:02X}", tck, right));
    }
    if (characters.left() != 0)
        throw Malformed{fmt::format("octet {}: {} more than the answer announces", characters.position(),
                                    characters.left())};
    if (octets.size() > most_octets_of_atr)
        throw Malformed{
            fmt::format("octet {}: an answer to reset has at most 33 octets", most_octets_of_atr)};
    return atr;
}

Ats read_ats(ByteView octets) {
    Characters characters(octets);
    Ats ats;
    const std::uint8_t tl = characters.take("TL");
    if (tl != octets.size())
        characters.fail(fmt::format("says {}, there are {}", runtime::counted(tl, "octet"), octets.size()));
    if (tl == 1) return ats;
    const std::uint8_t t0 = characters.take("T0");
    if ((t0 & 0x80) != 0) characters.fail("bit 8 is reserved");
    // Codes 9 to C came with the third edition of the standard.
    constexpr std::array sizes{16, 24, 32, 40, 48, 64, 96, 128, 256, 512, 1024, 2048, 4096};
    const std::size_t code = t0 & 0x0Fu;
    if (code >= sizes.size()) characters.fail(fmt::format("an FSCI of {:X} is reserved", code));
    ats.frame_size = sizes[code];
    if ((t0 & 0x10) != 0) characters.take("TA1");
    if ((t0 & 0x20) != 0) {
        const std::uint8_t tb = characters.take("TB1");
        ats.frame_waiting_integer = tb >> 4;
        ats.start_up_guard_integer = tb & 0x0F;
        if (ats.frame_waiting_integer == 15) characters.fail("an FWI of 15 is reserved");
        if (ats.start_up_guard_integer == 15) characters.fail("an SFGI of 15 is reserved");
    }
    if ((t0 & 0x40) != 0) {
        const std::uint8_t tc = characters.take("TC1");
        if (tc > 3) characters.fail("only bits 1 (NAD) and 2 (CID) have a meaning");
        ats.takes_nad = (tc & 1) != 0;
        ats.takes_cid = (tc & 2) != 0;
    }
    const ByteView historical = characters.take_historical(characters.left());
    ats.historical.assign(historical.begin(), historical.end());
    return ats;
}

}  // namespace

runtime::Duration etu(std::int64_t count) noexcept {
    constexpr std::int64_t per_second = 9600;  // 3,571,200 / 372
    return runtime::Duration(count * nanoseconds / per_second);
}

const InterfaceCharacter* Atr::find(char kind, int group) const noexcept {
    for (const InterfaceCharacter& character : characters)
        if (character.kind == kind && character.group == group) return &character;
    return nullptr;
}

runtime::Duration Atr::work_waiting_time() const noexcept {
    return etu(960 * waiting_integer);
}

runtime::Duration Atr::block_waiting_time() const noexcept {
    return etu(11 + (960LL << block_waiting_integer));
}

runtime::Duration Ats::frame_waiting_time() const noexcept {
    constexpr std::int64_t carrier_khz = 13'560;
    return runtime::Duration((256LL * 16 * 1'000'000 << frame_waiting_integer) / carrier_khz);
}

Result<Atr> parse_atr(ByteView octets) {
    try {
        return read_atr(octets);
    } catch (const Malformed& malformed) {
        return Error{malformed.what()};
    }
}

Result<Ats> parse_ats(ByteView octets) {
    try {
        return read_ats(octets);
    } catch (const Malformed& malformed) {
        return Error{malformed.what()};
    }
}

Bytes pcsc_atr(const Ats& ats) {
    constexpr std::size_t most_historical = 15, before = 4;
    const ByteView shown = ByteView(ats.historical).first(std::min(ats.historical.size(), most_historical));
    Bytes atr(before + shown.size() + 1);
    atr[0] = 0x3B;
    atr[1] = static_cast<std::uint8_t>(0x80 | shown.size());
    atr[2] = 0x80;
    atr[3] = 0x01;
    std::ranges::copy(shown, atr.begin() + before);
    atr.back() = checksum(ByteView(atr).subspan(1));
    return atr;
}

}  // namespace posbench::emv
