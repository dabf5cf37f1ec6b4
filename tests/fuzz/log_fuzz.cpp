// Any text as a log of card commands: refused in a sentence, or an image of each of its cards that loads, in
// which no PAN of the card stands.

#include <cstdint>
#include <cstdlib>

#include "drivers/card/log/apdu_log.hpp"
#include "drivers/card/log/card_sessions.hpp"
#include "drivers/card/log/image_skeleton.hpp"
#include "drivers/card/log/test_account.hpp"

using namespace posbench;

namespace {

void require(bool rule) {
    if (!rule) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t longest_command = 261, longest_answer = 256;
    const auto log = card::read_apdu_log(as_text(ByteView(data, size)), "log");
    if (!log) {
        require(log.error().what.starts_with("log:"));
        return 0;
    }
    require(!log->exchanges.empty());
    for (const card::LoggedExchange& exchange : log->exchanges) {
        require(exchange.command.size() >= 4 && exchange.command.size() <= longest_command);
        // Several answers are joined by GET RESPONSE.
        require(exchange.resets <= log->resets.size());
        require(exchange.data.size() <= longest_answer * log->exchanges.size() + size);
    }
    const auto cards = card::cards_in(*log, "log");
    if (!cards) {
        require(cards.error().what.starts_with("log:"));
        return 0;
    }
    require(!cards->empty());
    for (const card::CardInLog& one : *cards) {
        // It is loaded before it is given out.
        const auto image = card::make_image_skeleton(one.card, "log");
        require(image ? !card::Personal(one.card).is_in(std::string_view(image->toml))
                      : !image.error().what.empty());
    }
    return 0;
}
