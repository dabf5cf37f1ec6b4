#include "drivers/host/acquirer/authorisation.hpp"

#include <span>
#include <utility>

#include <fmt/format.h>

#include "drivers/host/acquirer/entry_mode.hpp"
#include "drivers/host/acquirer/reply.hpp"
#include "drivers/host/acquirer/sign_in.hpp"
#include "drivers/protocols/iso8583/civil_time.hpp"
#include "drivers/protocols/iso8583/codes.hpp"

namespace posbench::host {
namespace {

/// What the request wants, or the code that says why it cannot have it: 40 for messages that the protocol
/// knows and this host does not offer, 12 for transactions that the protocol does not know.
std::pair<std::optional<TransactionType>, std::string_view> wanted(const Request& request) {
    const std::string& mti = request.message.mti();
    if (mti == "0400") return {TransactionType::reversal, ""};
    if (const TransactionRow* row = request.row()) return {row->type, ""};
    const bool has_transactions = mti == "0100" || mti == "0200" || mti == "0220";
    return {std::nullopt, has_transactions ? "12" : "40"};
}

bool is_management(const Request& request) {
    return request.message.mti() == "0800" || request.message.mti() == "0820";
}

/// Totals, and the upload of a batch; an EMV offline sale in an upload is a transaction.
bool is_settlement(const Request& request) {
    const std::string& mti = request.message.mti();
    return mti == "0500" || (mti == "0320" && !request.row());
}

SettlementAnswer answer_settlement(const Request& request, TerminalBatch& batch) {
    constexpr std::string_view totals_or_upload = "201", end_of_upload = "202";
    const std::string& number = request.field60.batch;
    const std::string& function = request.field60.network_management;
    const std::string_view field48 = request.message.get(48);
    if (request.message.mti() == "0500") {
        if (function != totals_or_upload) return {.code = "40"};
        SettlementAnswer answer = settle(field48, batch, number);
        if (!answer.closes && answer.compared && number == batch.number()) batch.await_upload();
        return answer;
    }
    const bool is_end = function == end_of_upload;
    if (!is_end && function != totals_or_upload) return {.code = "40"};
    if (!batch.takes_upload(number)) return {.code = "12"};
    return is_end ? end_upload(field48, batch, number) : upload(field48, batch, number);
}

void name_batch(iso8583::Message& reply, const Request& request, std::string_view number) {
    iso8583::Field60 field60 = request.field60;
    field60.batch = number;
    reply.set(60, field60.to_string());
}

/// What an account's limits are about: money that the cardholder asks for now.
bool is_limited(TransactionType type) {
    return type == TransactionType::sale || type == TransactionType::pre_authorisation;
}

bool undoes_limited(TransactionType type) {
    return type == TransactionType::sale_void || type == TransactionType::pre_authorisation_void;
}

/// Field 39 of an approval.
std::string_view approval_code(const Deciding& deciding) {
    if (deciding.partly) return "10";
    return is_limited(deciding.type) && deciding.account->profile().vip ? "11" : "00";
}

}  // namespace

Authorisation::Authorisation(const Profile& profile, Sessions& sessions, Ledger& ledger,
                             const runtime::Random& random)
    : profile_(profile),
      sessions_(sessions),
      ledger_(ledger),
      issuer_(profile),
      orders_(profile.order_lifetime, random.fork("host.orders")),
      stand_in_(profile.recording ? std::optional<StandIn>(profile.recording) : std::nullopt),
      key_random_(random.fork("host.keys")),
      code_random_(random.fork("host.codes")) {
    // What a recording brings by reference number must not be found under one of the host's own.
    constexpr std::uint32_t behind_recorded = 900'000;
    if (stand_in_) last_rrn_ = behind_recorded;
    for (const AccountProfile& account : profile.accounts) ledger_.open_account(account.pan, account.balance);
    for (const WalletProfile& wallet : profile.wallets) ledger_.open_account(wallet.account, wallet.balance);
}

Outcome Authorisation::decide(const Request& request, runtime::WallTime now) {
    if (is_management(request)) return decide_management(request, now);
    if (is_settlement(request)) return decide_settlement(request, now);
    note_upload(request);
    const auto [type, code] = wanted(request);
    return type ? decide_transaction(request, *type, now) : refuse_unasked(request, code, now);
}

Outcome Authorisation::refuse_unasked(const Request& request, std::string_view code, runtime::WallTime now) {
    return answer(request, code, next_rrn(now), now);
}

Outcome Authorisation::decide_management(const Request& request, runtime::WallTime now) {
    const Managed managed = manage(request, sessions_.find(request.tid()), profile_.downloads, key_random_);
    Outcome outcome = answer(request, managed.code, next_rrn(now), now);
    outcome.check = managed.check;
    if (!managed.batch.empty()) name_batch(outcome.reply, request, managed.batch);
    if (!managed.field62.empty()) outcome.reply.set(62, managed.field62);
    return outcome;
}

/// The messages of a settlement carry no MAC in UnionPay's networks; one that is there must be right.
Outcome Authorisation::decide_settlement(const Request& request, runtime::WallTime now) {
    Session* session = sessions_.find(request.tid());
    const bool has_no_mac = request.mac == iso8583::MacState::absent;
    std::string_view code, check;
    if (!session) {
        code = "97", check = "terminal_known";
    } else if (session->profile().mid != request.mid()) {
        code = "03", check = "merchant_matches";
    } else if (!session->signed_in() || (!has_no_mac && !is_authentic(request, *session))) {
        code = "A0", check = "mac_right";
    } else if (!request.has_key()) {
        code = "30", check = "complete";
    } else if (!session->batch().knows(request.field60.batch)) {
        code = "77", check = "batch_current";
    }
    if (code.empty()) return settle_batch(request, session->batch(), now);
    Outcome outcome = refuse_unasked(request, code, now);
    outcome.check = check;
    return outcome;
}

Outcome Authorisation::settle_batch(const Request& request, TerminalBatch& batch, runtime::WallTime now) {
    const std::string& number = request.field60.batch;
    const SettlementAnswer answered = answer_settlement(request, batch);
    Outcome outcome = answer(request, answered.code, next_rrn(now), now);
    if (!answered.field48.empty()) outcome.reply.set(48, answered.field48);
    // What is asked again was compared before.
    if (answered.compared && number == batch.number()) outcome.compared = answered.compared;
    if (answered.closes && number == batch.number())
        for (Transaction* transaction : batch.close()) ledger_.settle(*transaction);
    if (answered.closes) name_batch(outcome.reply, request, batch.number());
    return outcome;
}

Outcome Authorisation::decide_transaction(const Request& request, TransactionType type,
                                          runtime::WallTime now) {
    Deciding deciding(profile_, request, sessions_.find(request.tid()), issuer_, ledger_, type, now);
    if (stand_in_) return replay(deciding);
    for (const Check& check : checks_for(type)) {
        const Refusal code = check.ask(deciding);
        if (!code.empty()) return refuse(deciding, code, check.name);
        if (deciding.known) return repeat(deciding);
    }
    return approve(deciding);
}

/// What a batch upload brings counts as uploaded, whatever the answer: the terminal has told it.
void Authorisation::note_upload(const Request& request) {
    Session* session = sessions_.find(request.tid());
    const bool authentic = session && is_authentic(request, *session) && request.has_key();
    if (!authentic || request.message.mti() != "0320") return;
    const std::string& number = request.field60.batch;
    if (session->batch().takes_upload(number))
        session->batch().upload(number, request.stan(), request.amount.value_or(0));
}

Outcome Authorisation::approve(Deciding& deciding) {
    if (iso8583::is_of_order(deciding.type)) return decide_order(deciding);
    const bool is_reversal = deciding.type == TransactionType::reversal;
    std::string rrn = next_rrn(deciding.now);
    return approve(deciding, {approval_code(deciding), std::move(rrn),
                              is_reversal ? std::string() : authorisation_code(deciding)});
}

Outcome Authorisation::approve(Deciding& deciding, const Approval& approval) {
    const Request& request = deciding.request;
    const std::string_view code = approval.code;
    Outcome outcome = answer(request, code, approval.rrn, deciding.now);
    if (deciding.type == TransactionType::reversal) {
        // Declined, or reversed before: there is nothing left to undo, and the terminal may forget it.
        if (deciding.original->standing == Standing::approved) outcome.posted = reverse(*deciding.original);
        return outcome;
    }
    Transaction transaction = transaction_of(deciding, code, approval.rrn);
    transaction.authorisation_code = approval.authorisation_code;
    outcome.reply.set(38, std::string(transaction.authorisation_code));
    if (deciding.partly) outcome.reply.set(4, fmt::format("{:012}", transaction.amount.minor()));
    outcome.posted = enter_approved(deciding, transaction);
    if (deciding.type == TransactionType::inquiry && deciding.account)
        if (auto balance = balance_field(request, ledger_.available(deciding.account->profile().pan)))
            outcome.reply.set(54, *std::move(balance));
    answer_card(deciding, code, outcome.reply);
    for (const auto* approved : {&deciding.cryptogram, &deciding.certificate})
        if (*approved) deciding.account->approved(**approved);
    return outcome;
}

/// A card over the field has left when the answer comes: what the issuer has to tell it waits for one in the
/// slot.
void Authorisation::answer_card(const Deciding& deciding, std::string_view code, iso8583::Message& reply) {
    if (!deciding.cryptogram || by_field(deciding.request)) return;
    reply.set(55, deciding.account->answer(*deciding.cryptogram, code));
}

/// Into the books, the account's use, and the batch.
std::optional<Posting> Authorisation::enter_approved(Deciding& deciding, const Transaction& transaction) {
    const bool new_total =
        deciding.type == TransactionType::adjustment || deciding.type == TransactionType::tip;
    const bool moves_nothing = deciding.type == TransactionType::inquiry ||
                               (new_total && transaction.asked == deciding.original->total);
    if (moves_nothing) {
        Transaction& kept = ledger_.remember(transaction);
        kept.standing = Standing::approved;
        kept.amount = Amount(0, profile_.currency);
        file(kept);
        return std::nullopt;
    }
    const Posting posting = ledger_.post(transaction, deciding.original);
    Transaction& posted = *ledger_.find(transaction.key);
    if (is_limited(deciding.type) && deciding.account)
        deciding.account->usage().add(deciding.account->profile().limits, posted.amount, deciding.now);
    if (undoes_limited(deciding.type) && deciding.account)
        deciding.account->usage().take_back(deciding.original->amount, deciding.original->day);
    file(posted);
    sessions_.find(posted.key.tid)->batch().count(posting);
    return posting;
}

/// Puts a transaction into its terminal's batch: what is booked late, under the number of the last one, is
/// settled with the next. What was refused because it named another batch is of none.
void Authorisation::file(Transaction& transaction) {
    TerminalBatch& batch = sessions_.find(transaction.key.tid)->batch();
    if (transaction.key.batch == batch.number() || transaction.standing == Standing::approved)
        batch.enter(transaction);
    else
        ledger_.settle(transaction);
}

Posting Authorisation::reverse(Transaction& original) {
    const Posting posting = ledger_.reverse(original);
    Account* account = issuer_.find(original.pan);
    if (account && is_limited(original.type)) account->usage().take_back(original.amount, original.day);
    const Transaction* undone = undoes_limited(original.type) ? ledger_.original_of(original) : nullptr;
    if (account && undone) account->usage().put_back(undone->amount, undone->day);
    sessions_.find(original.key.tid)->batch().count(posting);
    return posting;
}

Outcome Authorisation::repeat(const Deciding& deciding) {
    const Transaction& known = *deciding.known;
    Outcome outcome = answer(deciding.request, known.code, known.rrn, deciding.now);
    if (!known.authorisation_code.empty()) outcome.reply.set(38, std::string(known.authorisation_code));
    return outcome;
}

Outcome Authorisation::refuse(Deciding& deciding, std::string_view code, std::string_view check) {
    const std::string rrn = next_rrn(deciding.now);
    Outcome outcome = answer(deciding.request, code, rrn, deciding.now);
    outcome.check = check;
    answer_card(deciding, code, outcome.reply);
    // What anybody could have sent is not entered.
    if (deciding.authentic && deciding.request.has_key())
        outcome.order = remember_refused(deciding, code, rrn);
    return outcome;
}

/// Nothing is entered that cannot be told from an earlier transaction, or that moves nothing under its own
/// STAN; nor an advice that is refused for the moment: it comes again, and is decided anew then. What is
/// closed before it came is an order that has changed.
std::optional<OrderChange> Authorisation::remember_refused(const Deciding& deciding, std::string_view code,
                                                           std::string_view rrn) {
    if (deciding.type == TransactionType::code_query) return std::nullopt;
    if (deciding.type == TransactionType::code_close)
        return code == order_unknown ? forestall_order(deciding, "terminal") : std::nullopt;
    if (ledger_.find(deciding.key()) || (is_advice(deciding.type) && iso8583::is_passing(code)))
        return std::nullopt;
    if (deciding.type != TransactionType::reversal)
        file(ledger_.remember(transaction_of(deciding, code, rrn)));
    else if (code == "25")
        forestall(deciding.key());
    return std::nullopt;
}

Outcome Authorisation::answer(const Request& request, std::string_view code, std::string_view rrn,
                              runtime::WallTime now) {
    Outcome outcome;
    outcome.reply = reply_to(request, profile_, code, rrn, now);
    Session* session = sessions_.find(request.tid());
    const bool signing_in = request.message.mti() == "0800";
    outcome.header = profile_.header(session ? session->tell(signing_in) : Requirement::none);
    if (is_management(request)) return outcome;
    if (is_settlement(request)) {
        outcome.with_mac = request.mac == iso8583::MacState::ok;
        return outcome;
    }
    add_financial_fields(outcome.reply, request, profile_, now);
    outcome.with_mac = session && session->signed_in();
    return outcome;
}

Transaction Authorisation::transaction_of(const Deciding& deciding, std::string_view code,
                                          std::string_view rrn) const {
    Transaction transaction;
    transaction.key = deciding.key();
    transaction.type = deciding.type;
    transaction.mid = deciding.request.mid();
    transaction.pan =
        deciding.original ? std::string_view(deciding.original->pan) : deciding.request.card.pan;
    transaction.rrn = rrn;
    transaction.day = std::chrono::floor<std::chrono::days>(deciding.now);
    transaction.code = code;
    transaction.asked = deciding.amount();
    transaction.amount = deciding.partly.value_or(transaction.asked);
    return transaction;
}

/// What the request brings (of the original, or of a voice authorisation), or else a new one. That of a
/// pre-authorisation is no other's of the same card, as far as eight attempts can find one.
std::string Authorisation::authorisation_code(const Deciding& deciding) {
    constexpr int attempts = 8;
    const std::string_view brought = deciding.request.message.get(38);
    const bool is_hold = deciding.type == TransactionType::pre_authorisation;
    if (brought.size() == 6 && !is_hold) return std::string(brought);
    std::string code;
    for (int i = 0; i < attempts; ++i) {
        code = fmt::format("{:06}", code_random_.between(0, 999'999));
        if (!is_hold || !ledger_.find_by_authorisation(deciding.request.card.pan, code)) break;
    }
    return code;
}

/// Field 37: MMDDhh and a number that the run has not used before.
std::string Authorisation::next_rrn(runtime::WallTime now) {
    const iso8583::CivilTime time(now);
    return fmt::format("{}{}{:06}", time.mmdd(), time.hhmmss().substr(0, 2), ++last_rrn_ % 1'000'000);
}

}  // namespace posbench::host
