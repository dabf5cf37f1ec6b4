#include "tests/unit/terminal/emulated_rig.hpp"

#include <algorithm>
#include <deque>
#include <stdexcept>
#include <utility>

#include "drivers/protocols/emv/tlv.hpp"
#include "drivers/protocols/magstripe/stripe.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/dialect.hpp"

namespace posbench::terminal::testing {

using iso8583::Message;
using runtime::Task;
using trace::Kind;

namespace {

// Facts: verified sign-in of a UnionPay terminal.
constexpr std::string_view known_field62 =
    "6701EAD6A9AD51E51AA406E2C27FCFA98D0A74B8B651F9E9BACE9AE10000000000000000AB7153CA";
constexpr std::string_view known_tak = "5BB5C72CD00B7338";

Bytes tlv(emv::Tag tag, const Bytes& value) {
    Bytes out;
    emv::append_tlv(out, tag, value);
    return out;
}

/// The stream to a ScriptedHost: each frame written is answered after the host's delay.
class ScriptedStream final : public runtime::Stream {
  public:
    ScriptedStream(ScriptedHost& host, runtime::Clock& clock) : host_(host), clock_(clock) {}

    Task<runtime::NetResult<std::size_t>> read_some(std::span<std::uint8_t> buffer,
                                                    runtime::TimePoint deadline) override {
        while (inbox_.empty() || clock_.now() < ready_) {
            if (clock_.now() >= deadline) co_return runtime::NetError::timed_out;
            co_await clock_.sleep_until(inbox_.empty() ? deadline : std::min(deadline, ready_));
        }
        const std::size_t count = std::min(buffer.size(), inbox_.size());
        for (std::size_t i = 0; i < count; ++i) {
            buffer[i] = inbox_.front();
            inbox_.pop_front();
        }
        co_return count;
    }
    Task<runtime::NetResult<void>> write(ByteView data, runtime::TimePoint) override {
        if (const auto reply = host_.answer(data.subspan(2))) {
            inbox_.assign(reply->begin(), reply->end());
            ready_ = clock_.now() + host_.delay;
        }
        co_return runtime::NetResult<void>{};
    }
    void close() noexcept override {}
    void reset() noexcept override {}
    std::string peer() const override { return "host"; }

  private:
    ScriptedHost& host_;
    runtime::Clock& clock_;
    std::deque<std::uint8_t> inbox_;
    runtime::TimePoint ready_{};
};

}  // namespace

// ---- card ------------------------------------------------------------------------------------------------

Task<card::ReaderResult<Bytes>> ScriptedReader::power_up() {
    return reset("cold ", atr);
}

Task<card::ReaderResult<Bytes>> ScriptedReader::warm_reset() {
    return reset("warm ", warm_atr);
}

Task<card::ReaderResult<Bytes>> ScriptedReader::reset(std::string_view kind, std::string_view octets) {
    if (!present_) co_return card::ReaderError::removed;
    resets += kind;
    if (mute) co_return card::ReaderError::mute;
    Bytes answer = hex(octets);
    if (mangle) mangle(answer);
    co_return std::move(answer);
}

Task<card::ReaderResult<Bytes>> ScriptedReader::transmit(ByteView command) {
    if (!present_) co_return card::ReaderError::removed;
    commands.emplace_back(command.begin(), command.end());
    if (static_cast<int>(commands.size()) == leaves_at) {
        remove();
        co_return card::ReaderError::removed;
    }
    if (mute_at != 0 && static_cast<int>(commands.size()) >= mute_at) co_return card::ReaderError::mute;
    Bytes out = answer(command);
    if (mangle) mangle(out);
    co_return out;
}

void ScriptedReader::insert() {
    present_ = true;
    cryptograms_ = 0;
    changed_.notify_all();
}

void ScriptedReader::remove() {
    present_ = false;
    changed_.notify_all();
}

void ScriptedReader::swipe(std::string_view track2, bool bad_lrc, std::optional<std::size_t> parity_at) {
    magstripe::Faults faults;
    faults.parity_at = parity_at;
    faults.bad_lrc = bad_lrc;
    const auto bits = magstripe::encode_bits(2, ";" + std::string(track2) + "?", faults);
    swipe_ = card::Swipe{};
    runtime::Random random(1);
    swipe_->track2 = magstripe::to_flux(2, bits.value(), {}, {}, random);
    changed_.notify_all();
}

void ScriptedReader::swipe_erased() {
    swipe_ = card::Swipe{};
    changed_.notify_all();
}

int ScriptedReader::count(std::string_view header) const {
    const Bytes wanted = hex(header);
    return static_cast<int>(std::ranges::count_if(commands, [&](const Bytes& command) {
        return command.size() >= wanted.size() && std::equal(wanted.begin(), wanted.end(), command.begin());
    }));
}

Bytes ScriptedReader::record() const {
    Bytes body;
    append(body, tlv(0x5A, hex(pan)));
    append(body, tlv(0x57, hex(pan + "D" + expiry.substr(0, 4) + "201" + "0000012345")));
    append(body, tlv(0x5F24, hex(expiry)));
    append(body, tlv(0x5F25, hex("200101")));
    append(body, tlv(0x5F28, hex("0156")));
    append(body, tlv(0x5F34, hex("01")));
    append(body, tlv(0x8C, hex("9F02069F03069F1A0295055F2A029A039C019F3704")));
    append(body, tlv(0x8D, hex("8A029F02069F03069F1A0295055F2A029A039C019F3704")));
    append(body, tlv(0x8E, hex(cvm_list)));
    append(body, tlv(0x9F07, hex("FF00")));
    append(body, tlv(0x9F08, hex("0030")));
    append(body, tlv(0x9F0E, hex(iac_denial)));
    return tlv(0x70, body);
}

Bytes ScriptedReader::answer(ByteView command) const {
    const auto with_status = [](Bytes data) {
        append(data, hex("9000"));
        return data;
    };
    switch (command[1]) {
        case 0xA4: {
            const Bytes name = hex(aid);
            const ByteView asked = command.subspan(5, command[4]);
            if (asked.size() > name.size() || !std::equal(asked.begin(), asked.end(), name.begin()))
                return hex("6A82");
            Bytes fci = tlv(0x84, name);
            Bytes proprietary = hex("5008556E696F6E506179870101");
            if (!pdol.empty()) append(proprietary, tlv(0x9F38, hex(pdol)));
            append(fci, tlv(0xA5, proprietary));
            return with_status(tlv(0x6F, fci));
        }
        case 0xA8: {
            Bytes objects = tlv(0x82, hex(aip));
            append(objects, tlv(0x94, hex(afl)));
            return with_status(tlv(0x77, objects));
        }
        case 0xB2:
            if (command[3] >> 3 > 10) return with_status(hex(proprietary_record));
            return command[2] == 1 ? with_status(record()) : hex("6A83");
        case 0x82:
            return {static_cast<std::uint8_t>(external_authenticate_sw >> 8),
                    static_cast<std::uint8_t>(external_authenticate_sw)};
        case 0xAE: {
            const std::uint8_t wanted = command[2];
            const std::uint8_t own = ++cryptograms_ == 1 ? first_cid : second_cid;
            Bytes data{std::min(wanted, own)};
            append(data, hex("0001"
                             "0102030405060708"));
            append(data, hex(cryptograms_ == 1 ? "07010103A00000" : second_issuer_data));
            return with_status(tlv(0x80, data));
        }
        default:
            return hex("6D00");
    }
}

// ---- host ------------------------------------------------------------------------------------------------

ScriptedHost::ScriptedHost(runtime::Clock& clock)
    : field62(hex(known_field62)), clock_(clock), tak_(ByteView(hex(known_tak))) {}

Task<runtime::NetResult<std::unique_ptr<runtime::Stream>>> ScriptedHost::connect(
    runtime::Endpoint, runtime::TimePoint deadline) {
    if (way == Way::blackholed) {
        co_await clock_.sleep_until(deadline);
        co_return runtime::NetError::timed_out;
    }
    co_await clock_.sleep_for(20ms);
    if (way == Way::refused) co_return runtime::NetError::refused;
    std::unique_ptr<runtime::Stream> stream = std::make_unique<ScriptedStream>(*this, clock_);
    co_return std::move(stream);
}

int ScriptedHost::count(std::string_view mti) const {
    return static_cast<int>(std::ranges::count(requests, mti, &Message::mti));
}

const Message& ScriptedHost::last(std::string_view mti) const {
    for (auto request = requests.rbegin(); request != requests.rend(); ++request)
        if (request->mti() == mti) return *request;
    throw std::logic_error("no such request");
}

std::int64_t ScriptedHost::book() const {
    std::int64_t sum = 0;
    for (const auto& [stan, amount] : approved_) sum += amount;
    return sum;
}

Message ScriptedHost::reply_to(const Message& request) {
    Message reply(request.mti());
    std::string mti = request.mti();
    ++mti[2];
    reply = Message(mti);
    for (const int field : {3, 4, 11, 25, 41, 42, 49, 60})
        if (request.has(field)) reply.set(field, std::string(request.get(field)));
    reply.set(12, std::string("101500"));
    reply.set(13, std::string("0615"));
    reply.set(37, std::string("061500000001"));
    if (request.mti() == "0800") {
        reply.set(39, std::string("00"));
        reply.set(62, field62);
        reply.set(60, "00" + batch + "003");
    } else if (request.mti() == "0820" || request.mti() == "0320") {
        reply.set(39, std::string("00"));
        const auto wanted = as_bytes(parameters);
        if (request.get(60).substr(8, 3) == "360") reply.set(62, Bytes(wanted.begin(), wanted.end()));
    } else if (request.mti() == "0500") {
        std::string totals(request.get(48));
        totals.at(30) = totals.at(61) = settlement_answer;
        reply.set(48, totals);
        reply.set(39, settlement_code);
    } else if (request.mti() == "0220") {
        const bool of_batch = request.get(60).substr(2, 6) == batch;
        reply.set(39, of_batch ? advice_code : std::string("77"));
        if (of_batch && advice_code == "00") post(request);
    } else if (request.mti() == "0400") {
        reply.set(39, reversal_code);
        if (reversal_code == "00")
            std::erase_if(approved_, [&](const auto& sale) { return sale.first == request.get(11); });
    } else {
        reply.set(39, code);
        if (code == "00" || code == "10") {
            reply.set(38, std::string("123456"));
            post(request);
        }
        if (!icc.empty()) reply.set(55, hex(icc));
    }
    return reply;
}

void ScriptedHost::post(const Message& request) {
    const std::string_view type = request.get(60).substr(0, 2);
    const bool moves = request.has(4) && request.mti() != "0100" && type != "32" && type != "34";
    const auto known = [&](const auto& posted) { return posted.first == request.get(11); };
    if (!moves || std::ranges::any_of(approved_, known)) return;  // an advice may come twice
    const std::int64_t amount = std::stoll(std::string(request.get(4)));
    approved_.emplace_back(request.get(11), request.get(3) == "200000" ? -amount : amount);
}

bool ScriptedHost::silent_to(const Message& request) {
    const std::string& mti = request.mti();
    if (mti == "0100" || mti == "0200") return silent_to_sales;
    if (mti == "0220") return silent_to_advices;
    if (mti == "0400") return silent_to_reversals;
    if (mti == "0500") return silent_to_settlements;
    if (mti == "0320") return uploads_answered == 0 || (uploads_answered > 0 && uploads_answered-- == 0);
    return false;
}

std::optional<Bytes> ScriptedHost::answer(ByteView octets) {
    const iso8583::Frame frame = iso8583::decode_frame(tests::unionpay(), octets).value();
    const Message request = iso8583::decode(tests::unionpay(), frame.message).value();
    requests.push_back(request);
    const bool bears_mac = !request.mti().starts_with("08");
    if (bears_mac) {
        const crypto::Block8 right =
            crypto::mac_unionpay(tak_, iso8583::mac_input(request.bitmap(), frame.message));
        CHECK(std::ranges::equal(right, request.bytes(64)));  // every financial request bears a right MAC
    }
    if (raw) return raw(request);
    Message reply = reply_to(request);
    if (silent_to(request) || (decide && !decide(request, reply))) return std::nullopt;
    if (change) change(reply);
    Bytes message;
    if (!bears_mac) {
        message = iso8583::encode(tests::unionpay(), reply);
    } else {
        message = iso8583::encode_with_mac(
            tests::unionpay(), reply, [this](ByteView data) { return crypto::mac_unionpay(tak_, data); });
        if (bad_mac) message.back() ^= 0x01;
    }
    Bytes header(frame.header.begin(), frame.header.end());
    header.at(2) = static_cast<std::uint8_t>(requirement);
    Bytes sent =
        iso8583::encode_frame(tests::unionpay(), {tpdu.value_or(frame.tpdu.reply()), header, message});
    if (cut_to > 0) sent.resize(std::min(sent.size(), cut_to));
    return sent;
}

// ---- rig -------------------------------------------------------------------------------------------------

config::Value pki_file(const std::string& name) {
    return config::load_file(std::string(POSBENCH_SOURCE_DIR) + "/fixtures/keys/" + name + ".toml");
}

std::shared_ptr<const TerminalSettings> settings(std::string_view overrides) {
    static const config::Value countertop =
        config::load_file(std::string(POSBENCH_SOURCE_DIR) + "/fixtures/terminals/countertop.toml");
    config::Value profile = countertop;
    config::at_path(profile, "dialect") = tests::dialect_table("unionpay-pos");
    config::merge(profile, config::load_text("tmk = 'CA5D92598DCA48CE8A4C76361A9269E9'", "keys"));
    static const config::Value rsa = pki_file("test-pki"), sm2 = pki_file("test-pki-sm2");
    for (config::Value& key : *profile.get<config::Table>()->find("authority_key")->get<config::Array>()) {
        config::Table& table = *key.get<config::Table>();
        const config::Value& pki =
            table.find("key")->get<std::string>()->find("sm2") == std::string::npos ? rsa : sm2;
        table.set("key", *pki.get<config::Table>()->find("authority_public"));
    }
    config::merge(profile, config::load_text(overrides, "overrides"));
    return read_settings(profile);
}

Scene::Scene()
    : clock(std::chrono::sys_days(std::chrono::year(2026) / 6 / 15) + 10h), trace(clock), host(clock) {}

Rig::Rig(std::string_view overrides, std::uint64_t seed) : settings_(settings(overrides)), seed_(seed) {
    power_on();
}

void Rig::power_on() {
    Hardware hardware{
        clock, trace, device, &reader, host, {"10.0.0.2", 40001}, flash, runtime::Random(seed_)};
    application = std::make_unique<Application>(std::move(hardware), *settings_);
    job_ = runtime::Job(clock, application->run());
}

void Rig::power_off() {
    job_.cancel();
    application.reset();
}

void Scene::until_idle() {
    clock.run_until([this] { return idle() || ended(); });
    REQUIRE(idle());
}

bool Scene::until(Kind kind, const std::function<bool(const trace::Event&)>& condition) {
    std::size_t seen = trace.events().size();
    bool found = false;
    clock.run_until([&] {
        for (; seen < trace.events().size(); ++seen)
            if (trace.events()[seen].kind == kind && condition(trace.events()[seen])) found = true;
        return found || ended();
    });
    return found;
}

bool Scene::until_prompt(std::string_view what) {
    return until(Kind::terminal_prompt,
                 [what](const trace::Event& event) { return event.text("what") == what; });
}

void Scene::run_for(runtime::Duration duration) {
    runtime::CallbackTimer timer([] {});
    clock.arm(timer, clock.now() + duration);
    clock.run_until([&] { return !timer.armed(); });
}

bool Scene::run_steps(std::uint64_t steps) {
    const std::uint64_t end = clock.events() + steps;
    clock.run_until([&] {
        const bool asked = trace.events().back().text("what") == "remove_card";
        if (asked && reader.present()) reader.remove();
        return clock.events() >= end || idle();
    });
    return !idle();
}

void Scene::press(std::string_view keys) {
    while (!keys.empty()) {
        const std::string_view key = keys.substr(0, keys.find(' '));
        push(key);
        run_for(150ms);
        keys.remove_prefix(std::min(key.size() + 1, keys.size()));
    }
}

void Scene::start(Function function,
                  std::initializer_list<std::pair<std::string_view, std::string_view>> answers) {
    until_idle();
    choose(function);
    for (const auto& [prompt, digits] : answers) {
        REQUIRE(until_prompt(prompt));
        for (std::size_t i = 0; i < digits.size(); ++i) press(digits.substr(i, 1));
        push("confirm");
    }
}

bool Scene::until_prompt_or_idle(std::string_view what) {
    std::size_t seen = trace.events().size();
    bool asked = false;
    clock.run_until([&] {
        for (; seen < trace.events().size(); ++seen)
            if (trace.events()[seen].kind == Kind::terminal_prompt &&
                trace.events()[seen].text("what") == what)
                asked = true;
        return asked || idle() || ended();
    });
    return asked;
}

void Scene::start_sale(std::string_view minor) {
    until_idle();
    push("sale");
    REQUIRE(until_prompt("amount"));
    for (std::size_t i = 0; i < minor.size(); ++i) press(minor.substr(i, 1));
    push("confirm");
    REQUIRE(until_prompt("card"));
}

void Scene::stripe_sale() {
    start_sale();
    reader.swipe(good_track);
    REQUIRE(until_prompt("pin"));
    press("confirm");
    until_idle();
}

void Scene::chip_sale() {
    start_sale();
    reader.insert();
    const bool asked = until(Kind::terminal_prompt,
                             [](const trace::Event& event) { return event.text("what") == "remove_card"; });
    if (asked) reader.remove();
    until_idle();
}

std::vector<const trace::Event*> Scene::all(Kind kind) const {
    std::vector<const trace::Event*> found;
    for (const trace::Event& event : trace.events())
        if (event.kind == kind) found.push_back(&event);
    return found;
}

const trace::Event& Scene::last(Kind kind) const {
    const auto found = all(kind);
    REQUIRE(!found.empty());
    return *found.back();
}

int Scene::count(Kind kind, std::string_view field, std::string_view value) const {
    const auto found = all(kind);
    return static_cast<int>(
        std::ranges::count_if(found, [&](const trace::Event* event) { return event->text(field) == value; }));
}

bool Scene::shown(std::string_view text) const {
    const auto displays = all(Kind::terminal_display);
    return std::ranges::any_of(displays, [&](const trace::Event* event) {
        return event->text("text").find(text) != std::string_view::npos;
    });
}

std::int64_t Scene::book() const {
    std::int64_t sum = 0;
    for (const trace::Event* event : all(Kind::terminal_journal))
        if (event->text("entry") == "sale" && event->text("state") == "approved")
            sum += event->integer("amount").value_or(0);
    return sum;
}

std::int64_t Scene::journal_book() const {
    std::int64_t sum = 0;
    for (const trace::Event* event : all(Kind::terminal_journal)) {
        if (event->text("op") == "delete" || event->text("state") != "approved") continue;
        const std::string_view entry = event->text("entry");
        const bool gives = entry == "void" || entry == "refund" || entry == "completion_void";
        sum += (gives ? -1 : 1) * event->integer("amount").value_or(0);
    }
    return sum;
}

bool Scene::reversal_pending() const {
    bool pending = false;
    for (const trace::Event* event : all(Kind::terminal_journal)) {
        if (event->text("entry") != "reversal") continue;
        if (event->text("op") == "store") pending = true;
        if (event->text("op") == "delete") pending = false;
    }
    return pending;
}

}  // namespace posbench::terminal::testing
