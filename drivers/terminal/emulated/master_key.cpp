#include "drivers/terminal/emulated/master_key.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <openssl/crypto.h>

#include "drivers/protocols/crypto/crypto.hpp"

namespace posbench::terminal {
namespace {

using runtime::Task;

constexpr std::size_t half = master_key_octets / 2;

void wipe(Bytes& key) {
    OPENSSL_cleanse(key.data(), key.size());
}

/// "8D0A74B8"
std::string check_value(ByteView key) {
    return to_hex(crypto::key_check_value(key));
}

Task<Result<Bytes, End>> ask_component(Counter counter, std::string_view prompt, Text text) {
    DigitsAsked asked{prompt, text, 2 * master_key_octets, 2 * master_key_octets, true, State::login};
    asked.hexadecimal = true;
    auto typed = co_await ask_digits(counter, std::move(asked));
    if (!typed) co_return typed.error();
    Bytes component = from_hex(*typed).value();
    OPENSSL_cleanse(typed->data(), typed->size());
    std::string shown =
        fmt::format("{}\n{}", say(Text::key_check_value, counter.settings.language), check_value(component));
    const Step given_up = co_await ask_confirmation(counter, std::move(shown));
    if (!given_up) co_return component;
    wipe(component);
    co_return *given_up;
}

}  // namespace

Task<End> load_master_key(Counter counter, Journal& journal, WorkingKeys& keys) {
    auto key = co_await ask_component(counter, "key_component_1", Text::enter_key_component_1);
    if (!key) co_return key.error();
    auto second = co_await ask_component(counter, "key_component_2", Text::enter_key_component_2);
    if (!second) {
        wipe(*key);
        co_return second.error();
    }
    std::ranges::transform(*key, *second, key->begin(), std::bit_xor<>());
    wipe(*second);
    if (std::ranges::equal(ByteView(*key).first(half), ByteView(*key).last(half))) {
        wipe(*key);
        co_return counter.ended("failed", "key_check", Text::master_key_wrong);
    }
    End end = counter.ended("approved", {}, Text::master_key_loaded);
    end.text +=
        fmt::format("\n{} {}", say(Text::key_check_value, counter.settings.language), check_value(*key));
    keys.set_master(*key);
    co_await journal.store_master_key(*std::move(key));
    co_return end;
}

}  // namespace posbench::terminal
