#include "drivers/terminal/emulated/kernel/records.hpp"

#include <utility>

#include "drivers/protocols/emv/apdu.hpp"
#include "drivers/terminal/emulated/kernel/tags.hpp"

namespace posbench::terminal {

using runtime::Task;

namespace {

// Files of EMV end at 10; those of payment system (11 to 20) and issuer (21 to 30) follow (clause 5.3.2.2).
constexpr std::uint8_t last_emv_file = 10;
constexpr std::uint8_t last_file = 30;
constexpr std::size_t most_records = 64;
constexpr std::size_t most_objects = 256;
constexpr ChipFailure corrupt{"failed", "chip_error", Text::chip_error};

/// An entry of the locator: `authenticated` records, from the first, take part in data authentication.
struct Entry {
    std::uint8_t sfi, first, last, authenticated;

    bool valid() const noexcept {
        return sfi >= 1 && sfi <= last_file && first >= 1 && last >= first &&
               authenticated <= last - first + 1;
    }
};

/// False when a record of an EMV file is no template 70, or brings an object for the second time.
bool take_record(ByteView octets, emv::TlvMap& card) {
    const auto list = emv::parse_tlv(octets);
    if (!list || list->size() != 1 || list->front().tag != tag::record) return false;
    return card.absorb(list->front().children).empty() && card.entries().size() <= most_objects;
}

}  // namespace

Task<Result<std::vector<emv::AuthenticatedRecord>, UnreadRecords>> read_records(CardChannel& channel,
                                                                                ByteView locator,
                                                                                emv::TlvMap& card) {
    std::vector<emv::AuthenticatedRecord> authenticated;
    std::size_t records = 0;
    for (std::size_t at = 0; at + 4 <= locator.size(); at += 4) {
        const Entry entry{static_cast<std::uint8_t>(locator[at] >> 3), locator[at + 1], locator[at + 2],
                          locator[at + 3]};
        if ((locator[at] & 0x07) != 0 || !entry.valid()) co_return UnreadRecords{corrupt, "AFL"};
        records += entry.last - entry.first + 1u;
        if (records > most_records) co_return UnreadRecords{corrupt, "too many records"};
        for (unsigned number = entry.first; number <= entry.last; ++number) {
            Bytes apdu{0x00, 0xB2, static_cast<std::uint8_t>(number),
                       static_cast<std::uint8_t>(entry.sfi << 3 | 0x04), 0x00};
            const auto answer = co_await channel.send(std::move(apdu));
            if (!answer) co_return UnreadRecords{answer.error(), "record"};
            if (answer->sw != emv::sw::ok) co_return UnreadRecords{corrupt, "record"};
            if (number - entry.first < entry.authenticated)
                authenticated.push_back({entry.sfi, answer->data});
            // A proprietary record takes part in offline data authentication at most, whole and in any coding
            // (clauses 10.2, 10.3).
            if (entry.sfi <= last_emv_file && !take_record(answer->data, card))
                co_return UnreadRecords{corrupt, "record"};
        }
    }
    co_return std::move(authenticated);
}

}  // namespace posbench::terminal
