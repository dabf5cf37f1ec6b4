// The trace knows no driver: the names of this one's enumerations are held against the trace's lists here.

#include "drivers/terminal/emulated/messages.hpp"
#include "drivers/terminal/emulated/panel.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::terminal;
using trace::Kind;

TEST_CASE("the trace knows every state, key and entry of the emulated terminal") {
    const auto& state = *trace::find_field(Kind::terminal_state, "state");
    for (int i = 0; i <= static_cast<int>(State::locked); ++i)
        CHECK(state.takes(to_string(static_cast<State>(i))));
    const auto& key = *trace::find_field(Kind::terminal_key, "key");
    for (int i = 0; i <= static_cast<int>(Key::menu); ++i) CHECK(key.takes(to_string(static_cast<Key>(i))));
    const auto& entry = *trace::find_field(Kind::terminal_outcome, "entry");
    for (const Entry one :
         {Entry::chip, Entry::stripe, Entry::fallback, Entry::manual, Entry::contactless, Entry::code})
        CHECK(entry.takes(to_string(one)));
}
