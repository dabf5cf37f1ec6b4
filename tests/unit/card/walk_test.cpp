// Random walks over the chips of all card images, held against what EMV allows.

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "drivers/card/emulated/chip.hpp"
#include "drivers/protocols/emv/tlv.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/card/chip_rig.hpp"

using namespace posbench;
using namespace posbench::card;
using State = Chip::State;

namespace {

/// A purchase of 1.00 CNY, where the list asks for the objects of one; else a filler.
Bytes options_of(const Application& application, std::uint8_t filler, std::string_view ttq) {
    emv::TlvMap data;
    for (const emv::DolEntry& entry : application.pdol) data.set(entry.tag, Bytes(entry.length, filler));
    data.set(0x9F02, hex("000000000100"));
    data.set(0x5F2A, hex("0156"));
    data.set(0x9C, hex("00"));
    data.set(0x9F66, hex(ttq));
    Bytes options;
    emv::append_tlv(options, 0x83, emv::build_dol(application.pdol, data));
    return options;
}

/// The commands of a transaction with one application, right and refused ones.
std::vector<Bytes> flow_of(const Application& application) {
    std::vector<Bytes> flow{
        test::apdu("00A40400", as_bytes("1PAY.SYS.DDF01")),
        test::apdu("00A40400", as_bytes("2PAY.SYS.DDF01")),
        test::apdu("00A40400", application.aid),
        test::apdu("80A80000", options_of(application, 0x11, "36000000")),
        test::apdu("00B2010C"),
        test::apdu("00B20114"),
        test::apdu("80CA9F17"),
        test::apdu("00200080", hex("26123456FFFFFFFF")),
        test::apdu("00200080", hex("26999999FFFFFFFF")),
        test::apdu("00840000"),
        test::apdu("00820000", Bytes(10, 0x22)),
        test::apdu("80AE8000", Bytes(emv::dol_size(application.cdol1), 0x33)),
        test::apdu("80AE4000", Bytes(emv::dol_size(application.cdol1), 0x33)),
        test::apdu("80AE4000", Bytes(emv::dol_size(application.cdol2), 0x33)),
        test::apdu("80AE9000", Bytes(emv::dol_size(application.cdol1), 0x33)),
        test::apdu("00880000", Bytes(emv::dol_size(application.ddol), 0x44)),
        test::apdu("00200088", Bytes(128, 0x55)),
        test::apdu("841E0000", Bytes(4, 0x66)),
        test::apdu("8C240002", hex("8E0400000000")),
        test::apdu("04DA9F58", Bytes(5, 0x77)),
    };
    if (!application.contactless) return flow;
    for (const char* ttq : {"37800000", "28000080", "2E400000", "00000000"})
        flow.push_back(test::apdu("80A80000", options_of(application, 0x11, ttq)));
    flow.push_back(test::apdu("80A80000", options_of(application, 0x12, "28000080")));
    flow.push_back(test::apdu("00B2042C"));
    flow.push_back(test::apdu("80CA9F79"));
    flow.push_back(test::apdu("80D00000", Bytes(emv::dol_size(application.contactless->drdol), 0x33)));
    return flow;
}

/// The flows of all applications; for a card without any, one that finds nothing.
std::vector<Bytes> flows_of(const std::vector<Application>& applications) {
    std::vector<Bytes> commands;
    for (const Application& application : applications)
        for (Bytes& command : flow_of(application)) commands.push_back(std::move(command));
    return commands.empty() ? flow_of(Application{}) : commands;
}

/// Mostly commands of the flows, now and then with an octet changed, cut or replaced by chance.
Bytes random_command(runtime::Random& random, const std::vector<Bytes>& flows) {
    if (random.chance(0.15)) {
        Bytes command(static_cast<std::size_t>(random.between(0, 40)));
        random.fill(command);
        return command;
    }
    Bytes command =
        flows[static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(flows.size()) - 1))];
    if (random.chance(0.1))
        command[static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(command.size()) - 1))] =
            static_cast<std::uint8_t>(random.next());
    if (random.chance(0.05)) command.resize(static_cast<std::size_t>(random.between(0, 8)));
    return command;
}

/// What one application remembers and nothing but its own commands may move.
struct Slot {
    explicit Slot(const ApplicationMemory& memory)
        : counter(memory.atc), balance(packed_decimal(memory.objects.get(0x9F79))), blocked(memory.blocked) {}
    bool operator==(const Slot&) const = default;
    std::uint16_t counter;
    std::int64_t balance;
    bool blocked;
};

/// A chip as it stands, all of its applications.
struct View {
    explicit View(const Chip& chip)
        : state(chip.state()),
          application(chip.application()),
          tries(chip.memory().pin_tries_left),
          counter(test::transaction_counter(chip)),
          blocked(chip.memory().blocked) {
        for (const ApplicationMemory& memory : chip.memory().applications) slots.emplace_back(memory);
    }
    bool over_field() const { return application && application->contactless; }
    bool quick() const { return application && application->quick(); }
    State state;
    const Application* application;
    int tries;
    std::uint16_t counter;
    bool blocked;
    std::vector<Slot> slots;
};

/// What GET PROCESSING OPTIONS brought; empty when it brought something else.
emv::TlvMap given_options(const Application& application, ByteView octets) {
    emv::TlvMap given;
    const auto command = emv::parse_command(octets);
    if (!command) return given;
    const auto list = emv::parse_tlv(command->data);
    if (list && list->size() == 1 && list->front().value.size() == emv::dol_size(application.pdol))
        emv::read_dol(application.pdol, list->front().value, given);
    return given;
}

/// The answer that the chip keeps for the very purchase in `command`: before it, the data that make it one
/// agree.
std::optional<Bytes> torn_answer(const Chip& chip, ByteView command) {
    const Application* application = chip.application();
    if (!application || !application->quick() || command.size() < 2 || command[1] != 0xA8)
        return std::nullopt;
    const auto& torn = chip.memory().applications[application->slot].torn;
    const emv::TlvMap given = given_options(*application, command);
    for (const TornAnswer& one : torn)
        if (std::ranges::all_of(std::array<emv::Tag, 4>{0x9F37, 0x9F02, 0x5F2A, 0x9F66}, [&](emv::Tag tag) {
                return given.has(tag) && std::ranges::equal(one.given.get(tag), given.get(tag));
            }))
            return one.answer;
    return std::nullopt;
}

/// What the application's own memory may become by a command that was carried out. @param amount of a
/// purchase that was paid for, from the balance or not
std::optional<std::string> check_slot(const Slot& before, const Slot& after, const View& view,
                                      std::uint8_t instruction, bool counts, std::int64_t amount) {
    if (after.counter != before.counter + (counts ? 1 : 0)) return "transaction counter";
    const bool pays = amount != 0 && view.application->contactless->low_value;
    const bool filled = instruction == 0xDA || (instruction == 0xAE && view.state == State::online &&
                                                after.balance > before.balance);
    if (!filled && after.balance != before.balance - (pays ? amount : 0)) return "balance";
    if (after.balance < 0) return "balance below nothing";
    // Risk management blocks too, where the image tells it to, with a cryptogram.
    const bool blocks = instruction == 0x1E || instruction == 0xAE || (instruction == 0xA8 && view.quick());
    if (after.blocked != before.blocked && !(after.blocked ? blocks : instruction == 0x18))
        return "application blocked or opened";
    return std::nullopt;
}

/// Nothing moves but what the command is about, in the application selected; a repeated purchase moves
/// nothing at all, and is one that the card kept.
std::optional<std::string> check_memory(const View& before, const View& after, const Bytes& command,
                                        const Answer& answer, bool done, const std::optional<Bytes>& torn) {
    const std::uint8_t instruction = command.size() > 1 ? command[1] : 0;
    const bool started = done && instruction == 0xA8;
    const bool repeated = started && torn.has_value();
    if (repeated && answer.data != *torn) return "another answer than the one that was torn";
    if (after.blocked != before.blocked &&
        !(after.blocked && done && (instruction == 0x16 || instruction == 0xAE)))
        return "card blocked or opened";
    const bool paid =
        started && !repeated && answer.cryptogram && answer.cryptogram->type == CryptogramType::tc;
    for (std::size_t i = 0; i < before.slots.size(); ++i) {
        const bool own = done && before.application && before.application->slot == i;
        if (!own || repeated) {
            if (before.slots[i] != after.slots[i]) return "memory moved";
            continue;
        }
        const std::int64_t amount =
            paid ? packed_decimal(given_options(*before.application, command).get(0x9F02)) : 0;
        if (auto rule = check_slot(before.slots[i], after.slots[i], before, instruction, started, amount))
            return rule;
    }
    return std::nullopt;
}

/// Only these commands move the card (EMV book 3 clause 9.3, book 1 clause 11; over the field book C-2 and
/// C-3).
bool may_move(const View& before, State to, std::uint8_t instruction) {
    const State from = before.state;
    switch (instruction) {
        case 0xA4:
            return to == State::directory || to == State::selected;
        case 0xA8:
            return from == State::selected && to == (before.quick() ? State::finished : State::initiated);
        case 0xD0:
            return before.over_field() && from == State::initiated && to == State::finished;
        case 0xAE:
            return (from == State::initiated && (to == State::online || to == State::finished)) ||
                   (from == State::online && to == State::finished);
        default:
            return false;
    }
}

/// The PIN try counter goes down by one with a wrong PIN, back up with the right one, and moves with nothing
/// else (EMV book 3 clause 6.5.12).
std::optional<std::string> check_pin(const View& before, const View& after, std::uint8_t instruction,
                                     std::uint16_t status, int tries) {
    const bool wrong = (status & 0xFFF0) == 0x63C0;
    if (after.tries < 0 || after.tries > tries) return "PIN try counter out of range";
    if (wrong && (instruction != 0x20 || after.tries != before.tries - 1 || after.tries != (status & 0x0F)))
        return "63Cx that is not one try less";
    if (wrong || after.tries == before.tries) return std::nullopt;
    if (instruction == 0x20 && status == emv::sw::ok && before.tries > 0 && after.tries == tries)
        return std::nullopt;
    return "PIN try counter moved";
}

/// A card never gives more than was asked for, in the order AAC, ARQC, TC, and no second ARQC (EMV book 3
/// clause 9.3).
std::optional<std::string> check_cryptogram(const View& before, const View& after, const Bytes& command,
                                            const Answer& answer) {
    const std::uint8_t instruction = command.size() > 1 ? command[1] : 0;
    const bool quick = instruction == 0xA8 && before.quick();
    const bool made = answer.sw == emv::sw::ok && (instruction == 0xAE || instruction == 0xD0 || quick);
    if (answer.cryptogram.has_value() != made) return "cryptogram without GENERATE AC, or none with it";
    if (!made) return std::nullopt;
    const auto type = answer.cryptogram->type;
    if (instruction == 0xD0) return std::nullopt;  // of another transaction
    if (answer.cryptogram->atc != after.counter) return "cryptogram of another transaction";
    if (quick) {
        const bool offline_only = (command.at(7) & 0x08) != 0, online_asked = (command.at(8) & 0x80) != 0;
        if (type == CryptogramType::tc && online_asked) return "approved where the issuer was to be asked";
        if (type == CryptogramType::arqc && offline_only) return "an ARQC for a reader without a host";
        return std::nullopt;
    }
    const auto asked = static_cast<CryptogramType>(command[2]);
    const auto rank = [](CryptogramType one) {
        return one == CryptogramType::aac ? 0 : one == CryptogramType::arqc ? 1 : 2;
    };
    if (rank(type) > rank(asked)) return "more than was asked for";
    const bool ends = after.over_field() && after.application->contactless->profile == Profile::mastercard;
    if ((type == CryptogramType::arqc && !ends) != (after.state == State::online))
        return "ARQC and state disagree";
    if (before.state == State::online && type == CryptogramType::arqc) return "a second ARQC";
    return std::nullopt;
}

bool has_raw_record(const Application& application) {
    return std::ranges::any_of(application.records,
                               [](const Record& record) { return !emv::parse_tlv(record.octets); });
}

/// What must hold after every command; the rule that was broken.
std::optional<std::string> broken_rule(const View& before, const View& after, const Bytes& command,
                                       const Answer& answer, int tries, const std::optional<Bytes>& torn) {
    const std::uint8_t instruction = command.size() > 1 ? command[1] : 0;
    // A blocked application is selected all the same.
    const bool done =
        answer.sw == emv::sw::ok || (answer.sw == emv::sw::application_blocked && instruction == 0xA4);
    static constexpr std::array statuses{emv::sw::ok,
                                         emv::sw::authentication_failed,
                                         emv::sw::wrong_length,
                                         emv::sw::method_blocked,
                                         emv::sw::data_invalidated,
                                         emv::sw::conditions_not_satisfied,
                                         emv::sw::wrong_data,
                                         emv::sw::file_not_found,
                                         emv::sw::record_not_found,
                                         emv::sw::wrong_parameters,
                                         emv::sw::data_not_found,
                                         emv::sw::unknown_instruction,
                                         emv::sw::application_blocked,
                                         emv::sw::card_blocked,
                                         emv::sw::messaging_objects_incorrect,
                                         emv::sw::unknown_class};
    if ((answer.sw & 0xFFF0) != emv::sw::wrong_pin &&
        std::ranges::find(statuses, answer.sw) == statuses.end())
        return "unknown status word";
    if (before.state != after.state && !(done && may_move(before, after.state, instruction)))
        return "forbidden transition";
    if (before.application != after.application && !(done && instruction == 0xA4))
        return "another application without SELECT";
    if ((after.application == nullptr) != (after.state == State::idle || after.state == State::directory))
        return "application and state disagree";
    if (auto rule = check_memory(before, after, command, answer, done, torn)) return rule;
    if (!done && !answer.data.empty()) return "data with an error";
    if (answer.data.size() > 256) return "answer too long";
    // Only a challenge has no structure, and a record that its image writes as octets.
    const bool raw = instruction == 0xB2 && after.application && has_raw_record(*after.application);
    if (instruction != 0x84 && !raw && !emv::parse_tlv(answer.data)) return "answer is no BER-TLV";
    if (auto rule = check_pin(before, after, instruction, answer.sw, tries)) return rule;
    return check_cryptogram(before, after, command, answer);
}

/// A chip that nobody used yet, for every ten thousand commands: a blocked PIN must not be all there is to
/// see.
void walk(const CardImage& image, Interface interface, std::uint64_t seed, std::array<int, 6>& visited) {
    Chip chip(image, runtime::Random(seed));
    runtime::Random random(seed + 1000);
    const std::vector<Bytes> flows =
        flows_of(interface == Interface::contact ? image.applications : image.contactless);
    chip.reset(interface);
    for (int i = 0; i < 10'000; ++i) {
        if (random.chance(0.005)) {
            const View before(chip);
            chip.reset(interface);
            const View after(chip);
            if (after.state != State::idle || after.application != nullptr) FAIL("not idle after a reset");
            if (after.tries != before.tries || after.blocked != before.blocked || after.slots != before.slots)
                FAIL("EEPROM lost by a reset");
        }
        const Bytes command = random_command(random, flows);
        const View before(chip);
        const auto torn = torn_answer(chip, command);
        const Answer answer = chip.process(command);
        const View after(chip);
        ++visited[static_cast<std::size_t>(after.state)];
        if (const auto rule = broken_rule(before, after, command, answer, image.pin_tries, torn))
            FAIL(*rule << ": " << image.name << ", seed " << seed << ", command " << i << ", "
                       << to_hex(command));
    }
}

}  // namespace

TEST_CASE("Random commands never crash a chip nor bring it where the specification forbids, on every image") {
    for (const std::string& name : test::card_names()) {
        const CardImage image = test::load_card(name);
        std::array<int, 6> visited{};
        for (std::uint64_t seed = 1; seed <= 10; ++seed) walk(image, Interface::contact, seed, visited);
        INFO(name);
        const bool selectable = image.chip && !image.blocked;
        for (std::size_t state = 0; state < visited.size(); ++state) {
            const bool blocked = selectable && image.applications.front().blocked;
            const bool within_reach =
                state == 0 || (state == 1 ? image.directory && !image.blocked : selectable);
            INFO("state " << state);
            if (within_reach && !(blocked && state == static_cast<std::size_t>(State::online)))
                CHECK(visited[state] > 100);
            else
                CHECK(visited[state] == 0);
        }
    }
}

TEST_CASE(
    "Random commands over the field neither, nor do they make or lose money, on every image that has one") {
    int walked = 0;
    for (const std::string& name : test::card_names()) {
        const CardImage image = test::load_card(name);
        if (image.contactless.empty()) continue;
        ++walked;
        std::array<int, 6> visited{};
        for (std::uint64_t seed = 1; seed <= 10; ++seed) walk(image, Interface::contactless, seed, visited);
        INFO(name);
        const auto often = [&visited](State state) { return visited[static_cast<std::size_t>(state)] > 100; };
        const bool blocked = image.contactless.front().blocked, quick = image.contactless.front().quick();
        CHECK(often(State::idle));
        CHECK(often(State::directory) == (image.directory && !image.blocked));
        CHECK(often(State::selected) == !image.blocked);
        CHECK(often(State::initiated) == (!quick && !image.blocked));
        CHECK(often(State::finished) == (!image.blocked && !(quick && blocked)));
    }
    CHECK(walked >= 5);
}
