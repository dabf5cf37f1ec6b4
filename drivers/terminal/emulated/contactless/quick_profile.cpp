#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "drivers/protocols/emv/apdu.hpp"
#include "drivers/protocols/emv/dates.hpp"
#include "drivers/protocols/emv/sm2_certificate.hpp"
#include "drivers/terminal/emulated/contactless/contactless_kernel.hpp"
#include "drivers/terminal/emulated/contactless/qualifiers.hpp"
#include "drivers/terminal/emulated/kernel/certificate_chain.hpp"
#include "drivers/terminal/emulated/kernel/records.hpp"
#include "drivers/terminal/emulated/kernel/tags.hpp"

/// The transaction of a quick profile: PBOC 3.0 part 12, EMV contactless books C-3 and C-7.
namespace posbench::terminal {

using runtime::Task;

namespace {

constexpr std::uint8_t aac = 0x00, tc = 0x40, arqc = 0x80;
constexpr std::size_t most_related_data = 252;

constexpr ChipFailure to_contacts{"failed", "chip_error", Text::insert_card};
constexpr ChipFailure declined{"declined", "offline_decline", Text::card_declined};

// 9F34 (book 4 annex A4): method, condition, result.
constexpr std::array<std::uint8_t, 3> result_none{0x1F, 0x00, 0x02}, result_online_pin{0x02, 0x00, 0x00},
    result_signature{0x1E, 0x00, 0x00};

/// The type of a cryptogram by the card's results in 9F10, where 9F27 is left out (book C-3 clause 5.4): of
/// octet 5 bits 6 and 5.
std::uint8_t type_in(ByteView issuer_data) {
    if (issuer_data.size() < 5) return aac;
    return static_cast<std::uint8_t>((issuer_data[4] & 0x30) << 2);
}

}  // namespace

ContactlessKernel::ContactlessKernel(card::Reader& reader, Panel& panel, runtime::Clock& clock,
                                     runtime::Random& random, const TerminalSettings& settings)
    : reader_(reader),
      panel_(panel),
      clock_(clock),
      random_(random),
      settings_(settings),
      channel_(reader),
      report_(panel, clock, settings, tvr_) {}

void ContactlessKernel::begin(iso8583::TransactionType type, Amount amount, std::string_view stan,
                              const iso8583::CivilTime& now) {
    amount_ = amount;
    type_ = type;
    today_ = now.date;
    objects_.terminal = terminal_objects(settings_, type, amount, stan, now, random_);
    objects_.terminal.set(tag::tvr, tvr_.octets());
}

Task<Tap> ContactlessKernel::tap() {
    decision_ = Decision::none;
    method_ = Method::none;
    objects_.card = {};
    const Tap end = co_await transact();
    reader_.power_down();
    co_return end;
}

Task<Tap> ContactlessKernel::transact() {
    std::optional<Tap> end = co_await activate();
    if (!end) end = co_await list_applications();
    if (end) co_return *end;
    do {
        end = co_await select_application();
        if (!end) end = co_await get_processing_options();
        if (end && end->end != Tap::End::decided) co_return *end;
    } while (!end);
    end = co_await read_card();
    if (end) co_return *end;
    if (!decided_by_chip(type_)) co_return Tap{Tap::End::decided, {}};
    co_return co_await judge_cryptogram();
}

/// The card left or does not answer: it is to be presented again.
Task<Tap> ContactlessKernel::lost(std::string_view step, ChipFailure failure) {
    failure.text = Text::tap_again;
    failure.fallback = false;
    co_await report_.failed(step, failure);
    co_return Tap{Tap::End::present_again, failure};
}

/// `decided` when the card gave its cryptogram; none when another application is to be tried (6985).
Task<std::optional<Tap>> ContactlessKernel::get_processing_options() {
    const ByteView pdol = objects_.card.get(tag::pdol);
    const auto entries = emv::parse_dol(pdol);
    const bool quick = entries && std::ranges::find(*entries, tag::terminal_qualifiers,
                                                    &emv::DolEntry::tag) != entries->end();
    const auto related = objects_.data_for(pdol);
    if (!quick || !related || related->size() > most_related_data) {
        co_await report_.failed("initiation", to_contacts, "no quick profile in the PDOL");
        co_return Tap{Tap::End::use_contacts, to_contacts};
    }
    Bytes data;
    emv::append_tlv(data, 0x83, *related);
    Bytes apdu = emv::make_apdu({0x80, 0xA8, 0x00, 0x00}, data);
    const auto answer = co_await channel_.send(std::move(apdu));
    if (!answer) co_return co_await lost("initiation", answer.error());
    if (answer->sw == emv::sw::conditions_not_satisfied) co_return std::nullopt;
    if (answer->sw != emv::sw::ok) {
        co_await report_.failed("initiation", to_contacts, "the card wants another interface");
        co_return Tap{Tap::End::use_contacts, to_contacts};
    }
    if (!take_answer(answer->data)) {
        co_await report_.failed("initiation", to_contacts, "no cryptogram");
        co_return Tap{Tap::End::use_contacts, to_contacts};
    }
    std::string detail(cryptogram_name(cryptogram_));
    co_await report_.done("initiation", std::move(detail));
    co_return Tap{Tap::End::decided, {}};
}

/// Template 77 with AIP, ATC, cryptogram and issuer's data.
bool ContactlessKernel::take_answer(ByteView response) {
    const auto list = emv::parse_tlv(response);
    if (!list || list->size() != 1 || list->front().tag != tag::format2) return false;
    objects_.card.absorb(list->front().children);
    const auto size = [this](emv::Tag wanted) { return objects_.card.get(wanted).size(); };
    const bool whole = size(tag::aip) == 2 && size(tag::atc) == 2 && size(tag::cryptogram) == 8 &&
                       size(tag::issuer_data) >= 1 && size(tag::issuer_data) <= 32;
    if (!whole) return false;
    const ByteView information = objects_.card.get(tag::cryptogram_information);
    cryptogram_ =
        information.size() == 1 ? information[0] & 0xC0 : type_in(objects_.card.get(tag::issuer_data));
    objects_.card.set(tag::cryptogram_information, {&cryptogram_, 1});
    return cryptogram_ == aac || cryptogram_ == tc || cryptogram_ == arqc;
}

/// The records, where the answer names some; then who the card is. Only then the card may leave.
Task<std::optional<Tap>> ContactlessKernel::read_card() {
    records_.clear();
    const ByteView locator = objects_.card.get(tag::afl);
    emv::TlvMap fresh;
    auto records = co_await read_records(channel_, locator, fresh);
    if (!records) {
        const UnreadRecords& why = records.error();
        const bool gone = why.failure.fallback || why.failure.reason == "card_removed";
        if (gone) co_return co_await lost("read_data", why.failure);
        co_await report_.failed("read_data", to_contacts);
        co_return Tap{Tap::End::use_contacts, to_contacts};
    }
    records_ = *std::move(records);
    for (const auto& entry : fresh.entries())
        if (!objects_.card.has(entry.tag)) objects_.card.set(entry.tag, entry.value);
    const auto identity =
        objects_.card.has(tag::pan) ? read_identity(objects_.card) : read_identity_of_track2(objects_.card);
    if (!identity) {
        co_await report_.failed("read_data", to_contacts, "mandatory data");
        co_return Tap{Tap::End::use_contacts, to_contacts};
    }
    identity_ = *identity;
    co_await report_.done("read_data");
    co_return std::nullopt;
}

bool ContactlessKernel::card_says(std::uint8_t qualifier) const noexcept {
    const ByteView given = objects_.card.get(tag::card_qualifiers);
    return given.size() == 2 && (given[0] & qualifier) != 0;
}

Task<Tap> ContactlessKernel::decline(std::string detail) {
    decision_ = Decision::declined;
    co_await report_.failed("action_analysis", declined, std::move(detail));
    co_return Tap{Tap::End::decided, declined};
}

/// Fast dynamic data authentication: version 01 signs amount, currency and the card's own data besides the
/// unpredictable number, version 00 the number alone (PBOC 3.0 part 12; book C-3 annex C).
std::optional<std::string> ContactlessKernel::verify_signature() const {
    const ByteView profile = objects_.card.get(tag::aip);
    const CertificateChain chain{settings_, objects_.card, selected_.aid,           identity_.pan,
                                 today_,    records_,      {profile[0], profile[1]}};
    const auto key = chain.card_key();
    if (!key) return key.error().what;
    const ByteView related = objects_.card.get(tag::authentication_data);
    Bytes data;
    append(data, objects_.terminal.get(tag::unpredictable_number));
    if (!related.empty() && related[0] == 0x01) {
        append(data, objects_.terminal.get(tag::amount));
        append(data, objects_.terminal.get(tag::currency));
        append(data, related);
    }
    const ByteView signature = objects_.card.get(tag::signed_dynamic_data);
    const auto verify = [&](const auto& own) { return emv::verify_dynamic_data(own, signature, data); };
    const auto number = std::visit(verify, *key);
    if (!number) return number.error().what;
    return std::nullopt;
}

/// Without the card's word (9F6C) the terminal chooses where a verification is due: the signature, else the
/// PIN for a host that is asked (book C-3 clause 5.7).
ContactlessKernel::Method ContactlessKernel::method_without_card(bool has_online_pin) const noexcept {
    if (settings_.capabilities.signature()) return Method::signature;
    return has_online_pin && cryptogram_ == arqc ? Method::online_pin : Method::none;
}

/// The card's method where it names one that the terminal has; false when one is due and there is none.
bool ContactlessKernel::choose_method() {
    const Capabilities& own = settings_.capabilities;
    const ByteView asked = objects_.terminal.get(tag::terminal_qualifiers);
    const bool due = (asked[1] & qualifier::cvm_required) != 0;
    const bool named = card_says(qualifier::online_pin) || card_says(qualifier::signature);
    const bool has_online_pin =
        own.online_pin() && selected_.accepted->online_pin && settings_.terminal_type.can_go_online();
    if (card_says(qualifier::online_pin) && has_online_pin)
        method_ = Method::online_pin;
    else if (card_says(qualifier::signature) && own.signature())
        method_ = Method::signature;
    else if (due && !objects_.card.has(tag::card_qualifiers))
        method_ = method_without_card(has_online_pin);
    const auto& results = method_ == Method::online_pin  ? result_online_pin
                          : method_ == Method::signature ? result_signature
                                                         : result_none;
    objects_.terminal.set(tag::cvm_results, results);
    return method_ != Method::none || (!due && !named);
}

Task<Tap> ContactlessKernel::ask_host() {
    if (!settings_.terminal_type.can_go_online()) co_return co_await decline("no host");
    decision_ = Decision::online;
    co_await report_.done("action_analysis", "online");
    co_return Tap{Tap::End::decided, {}};
}

Task<Tap> ContactlessKernel::judge_approval() {
    const ByteView asked = objects_.terminal.get(tag::terminal_qualifiers);
    if ((asked[1] & qualifier::online_cryptogram_required) != 0)
        co_return co_await decline("a TC where the host was to be asked");
    if (method_ == Method::online_pin) co_return co_await decline("a TC where the host was to see a PIN");
    auto forged = verify_signature();
    std::string verified = forged ? "fDDA: " + *forged : "fDDA: authentic";
    co_await report_.done("authentication", std::move(verified));
    if (settings_.defects.has(Defect::accepts_bad_signature)) forged.reset();
    const auto until = emv::parse_date(to_hex(objects_.card.get(tag::expiry_date)));
    const bool over = !until || *until < today_;
    if (forged && card_says(qualifier::online_if_authentication_fails)) co_return co_await ask_host();
    if (forged && card_says(qualifier::switch_if_authentication_fails))
        co_return Tap{Tap::End::use_contacts, to_contacts};
    if (forged) co_return co_await decline("fDDA failed");
    if (over && card_says(qualifier::online_if_expired)) co_return co_await ask_host();
    if (over) co_return co_await decline("expired");
    co_return co_await approve();
}

Task<Tap> ContactlessKernel::approve() {
    decision_ = Decision::approved;
    objects_.terminal.set(tag::authorisation_code, as_bytes("Y1"));
    co_await report_.done("action_analysis", "approved offline");
    co_return Tap{Tap::End::decided, {}};
}

/// What the terminal makes of the card's cryptogram.
Task<Tap> ContactlessKernel::judge_cryptogram() {
    const auto& exceptions = settings_.exception_file;
    const bool overrides = settings_.defects.has(Defect::approves_declined_tap);
    if (cryptogram_ == aac && !overrides) co_return co_await decline("AAC");
    if (std::ranges::find(exceptions, identity_.pan) != exceptions.end())
        co_return co_await decline("exception file");
    if (!choose_method()) co_return co_await decline("no cardholder verification in common");
    if (cryptogram_ == arqc) co_return co_await ask_host();
    if (cryptogram_ == aac) co_return co_await approve();
    co_return co_await judge_approval();
}

Task<ChipStep> ContactlessKernel::verify_cardholder() {
    if (method_ != Method::online_pin) co_return std::nullopt;
    pin_ = co_await ask_pin(panel_, clock_, settings_, amount_);
    constexpr ChipFailure cancelled{"cancelled", "cancelled", Text::cancelled};
    constexpr ChipFailure no_input{"cancelled", "no_input", Text::no_input};
    if (pin_.end == PinEntry::End::timed_out) co_return co_await report_.failed("cvm", no_input);
    // The card has decided for a PIN: without one there is no transaction.
    if (pin_.end != PinEntry::End::entered) co_return co_await report_.failed("cvm", cancelled);
    co_return co_await report_.done("cvm");
}

Task<ChipStep> ContactlessKernel::decide() {
    if (decision_ == Decision::declined) co_return declined;
    co_return co_await verify_cardholder();
}

Task<ChipStep> ContactlessKernel::complete(HostDecision decision) {
    decision_ = decision.approved ? Decision::approved : Decision::declined;
    co_return std::nullopt;
}

Task<ChipStep> ContactlessKernel::complete_without_host() {
    decision_ = Decision::declined;
    co_return declined;
}

std::string ContactlessKernel::receipt_line() const {
    return fmt::format("AID:{} TVR:{} ATC:{} {}:{}", to_hex(selected_.aid), to_hex(tvr_.octets()),
                       to_hex(objects_.find(tag::atc)), cryptogram_name(cryptogram_),
                       to_hex(objects_.find(tag::cryptogram)));
}

}  // namespace posbench::terminal
