#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <openssl/crypto.h>

#include "drivers/protocols/crypto/crypto.hpp"
#include "drivers/protocols/emv/apdu.hpp"
#include "drivers/protocols/emv/enciphered_pin.hpp"
#include "drivers/terminal/emulated/kernel/kernel.hpp"
#include "drivers/terminal/emulated/kernel/tags.hpp"

/// Offline PIN, EMV book 3 clause 10.5.1 and book 4 clause 6.3.4.1; enciphered, book 2 clause 7.
namespace posbench::terminal {

using runtime::Task;

namespace {

constexpr std::uint8_t plaintext = 0x80, enciphered_block = 0x88;  // P2 of VERIFY
constexpr std::uint8_t tries_mask = 0x0F;
constexpr int most_tries = 15;  // that 63Cx can tell; no card is presented more PINs in a transaction
constexpr ChipFailure corrupt{"failed", "chip_error", Text::chip_error};

}  // namespace

Task<Result<std::optional<std::uint16_t>, ChipFailure>> Kernel::present_pin(const std::string& pin,
                                                                            const crypto::RsaPublicKey* key) {
    constexpr std::optional<std::uint16_t> nothing_presented;
    Bytes data;
    if (key) {
        Bytes get_challenge = emv::make_apdu({0x00, 0x84, 0x00, 0x00}, {});
        const auto challenge = co_await channel_.send(std::move(get_challenge));
        if (!challenge) co_return challenge.error();
        crypto::Block8 number{};
        if (challenge->sw != emv::sw::ok || challenge->data.size() != number.size())
            co_return nothing_presented;
        std::ranges::copy(challenge->data, number.begin());
        Bytes padding(emv::pin_padding_size(*key));
        random_.fill(padding);
        auto block = emv::encipher_pin(*key, pin, number, padding);
        if (!block) co_return nothing_presented;
        data = *std::move(block);
    } else {
        const auto block = crypto::pin_block_iso2(pin);
        if (!block) co_return nothing_presented;
        data.assign(block->begin(), block->end());
    }
    if (data.size() > 255) co_return nothing_presented;
    Bytes apdu = emv::make_apdu({0x00, 0x20, 0x00, key ? enciphered_block : plaintext}, data, emv::Le::none);
    OPENSSL_cleanse(data.data(), data.size());
    const auto answer = co_await channel_.send(std::move(apdu));
    if (!answer) co_return answer.error();
    co_return std::optional(answer->sw);
}

/// Asks for the PIN until the card takes it, has no tries left, or the cardholder gives up. Every try is a
/// VERIFY of a block made for it. The tries are asked for first; a card that does not tell them is asked for
/// the PIN all the same (book 4 clause 6.3.4.1).
Task<Kernel::Verified> Kernel::verify_offline_pin(bool enciphered) {
    if (pin_bypassed_) co_return Verified::no;
    std::optional<crypto::RsaPublicKey> key;
    if (enciphered) {
        auto recovered = chain().pin_key();
        if (!recovered) co_return Verified::no;  // PIN encipherment has failed (book 2 clause 7.1)
        key = *std::move(recovered);
    }
    const bool counts = !settings_.defects.has(Defect::ignores_pin_tries);
    const auto counter = co_await channel_.get_data(tag::pin_tries);
    if (!counter) {
        cvm_end_ = counter.error();
        co_return Verified::ended;
    }
    std::optional<int> left;
    if (*counter && (*counter)->size() == 1) left = (**counter)[0];
    std::string notice;
    for (int tries = 0; tries < most_tries; ++tries) {
        if (left == 0 && counts) {
            tvr_.set(emv::Tvr::pin_try_limit);
            co_return Verified::no;
        }
        if (left == 1) notice += fmt::format("{}\n", say(Text::last_pin_try, panel_.cardholder_language()));
        const PinEntry entry = co_await ask_pin(panel_, clock_, settings_, amount_, notice);
        if (entry.end != PinEntry::End::entered) co_return not_entered(entry.end);
        const auto answered = co_await present_pin(entry.digits, key ? &*key : nullptr);
        if (!answered) {
            cvm_end_ = answered.error();
            co_return Verified::ended;
        }
        const std::optional<std::uint16_t> sw = *answered;
        if (!sw) co_return Verified::no;  // no challenge, no encipherment: the method has failed (10.5.1)
        if (*sw == emv::sw::ok) {
            co_await panel_.show(Text::pin_right);
            co_return Verified::yes;
        }
        const bool blocked = *sw == emv::sw::method_blocked || *sw == emv::sw::data_invalidated;
        const bool wrong = (*sw & 0xFFF0) == emv::sw::wrong_pin;
        if (!blocked && !wrong) break;  // no answer to VERIFY (book 3 clause 6.3.5)
        left = blocked ? 0 : *sw & tries_mask;
        if (left == 0) co_await panel_.show(Text::pin_tries_exceeded);
        notice = fmt::format("{}{}\n", say(Text::wrong_pin, panel_.cardholder_language()), *left);
    }
    cvm_end_ = corrupt;
    co_return Verified::ended;
}

}  // namespace posbench::terminal
