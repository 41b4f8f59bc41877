// A bot written with @kapso/whatsapp-cloud-api.

import { ask, given, hear, run, sample } from "./bot.mjs";
import { buildTemplateSendPayload, WhatsAppClient } from "@kapso/whatsapp-cloud-api";
import { normalizeWebhook, verifySignature } from "@kapso/whatsapp-cloud-api/server";

const client = new WhatsAppClient({ baseUrl: given.baseUrl, accessToken: given.token });
const phoneNumberId = given.phone;
const businessAccountId = given.account;

function answerGet(request) {
    const asked = new URL(request.url, given.baseUrl).searchParams;
    const isRight = asked.get("hub.verify_token") === given.verifyToken;
    return isRight ? [200, asked.get("hub.challenge")] : [403, ""];
}

async function answerPost(request) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const rawBody = Buffer.concat(chunks);
    const signatureHeader = request.headers["x-hub-signature-256"];
    if (!verifySignature({ appSecret: given.secret, rawBody, signatureHeader })) return [401, ""];
    const news = normalizeWebhook(JSON.parse(rawBody.toString("utf8")));
    const contact = news.contacts[0];
    for (const each of news.messages) {
        hear({ ...each, kind: "message", name: contact.profile.name, text: each.text?.body });
    }
    for (const each of news.statuses) hear({ ...each, kind: "status" });
    for (const each of Object.keys(news.raw)) if (each !== "messages") hear({ kind: each });
    return [200, ""];
}

async function talk(first) {
    const to = first.from;
    const here = { phoneNumberId, to };
    const { messages } = client;
    await ask("text", () => messages.sendText({
        ...here, body: "Tem sim, é pra já! ☕ ção", previewUrl: false,
        contextMessageId: first.id, bizOpaqueCallbackData: "kapso-1",
    }));
    await ask("recipient", () => messages.sendText({
        phoneNumberId, recipient: first.fromUserId, body: "Só pelo nome daqui",
    }));
    await ask("raw", () => messages.sendRaw({ phoneNumberId, payload: {
        messaging_product: "whatsapp", recipient_type: "individual", to,
        type: "text", text: { body: "Cru" },
    } }));
    await ask("reaction", () => messages.sendReaction({
        ...here, reaction: { messageId: first.id, emoji: "🥖" },
    }));
    await ask("read", () => messages.markRead({
        phoneNumberId, messageId: first.id, typingIndicator: { type: "text" },
    }));
    await showFiles(here);
    await offer(here);
    await useTemplates(here);
    await ask("location", () => messages.sendLocation({ ...here, location: {
        latitude: -8.05, longitude: -34.9, name: "Padaria", address: "Rua da Aurora, 1",
    } }));
    await ask("contacts", () => messages.sendContacts({ ...here, contacts: [{
        name: { formattedName: "José da Silva", firstName: "José" },
        phones: [{ phone: "+55 81 99999-0000", type: "WORK" }],
        org: { company: "Padaria" },
    }] }));
    await manage();
    await askForWhatIsNotHere(here);
}

async function showFiles(here) {
    const { media, messages } = client;
    const kept = {};
    const files = {
        image: ["bolo.png", "image/png"], document: ["conta.pdf", "application/pdf"],
        video: ["forno.mp4", "video/mp4"], audio: ["voz.ogg", "audio/ogg"],
        sticker: ["figurinha.webp", "image/webp"],
    };
    for (const [type, [fileName, mime]] of Object.entries(files)) {
        const file = new Blob([await sample(fileName)], { type: mime });
        const name = `upload ${type}`;
        kept[type] = (await ask(name, () => media.upload({ phoneNumberId, type, file, fileName }))).id;
    }
    await ask("image", () => messages.sendImage({
        ...here, image: { id: kept.image, caption: "Bolo de maçã 🍎" },
    }));
    await ask("linked image", () => messages.sendImage({
        ...here, image: { link: `${given.files}/bolo.png` },
    }));
    await ask("document", () => messages.sendDocument({
        ...here, document: { id: kept.document, filename: "conta à vista.pdf", caption: "Conta" },
    }));
    await ask("video", () => messages.sendVideo({ ...here, video: { id: kept.video } }));
    await ask("audio", () => messages.sendAudio({ ...here, audio: { id: kept.audio, voice: true } }));
    await ask("sticker", () => messages.sendSticker({ ...here, sticker: { id: kept.sticker } }));
    await ask("media", () => media.get({ mediaId: kept.image, phoneNumberId }));
    await ask("bytes", async () => {
        const bytes = await media.download({ mediaId: kept.image, auth: "always" });
        return Buffer.from(bytes).subarray(1, 4).toString();
    });
    const spare = new Blob([await sample("bolo.png")], { type: "image/png" });
    const extra = await media.upload({ phoneNumberId, type: "image/png", file: spare });
    await ask("delete media", () => media.delete({ mediaId: extra.id }));
    kept.header = kept.image;
    given.header = kept.header;
}

async function offer(here) {
    const { messages } = client;
    await ask("buttons", () => messages.sendInteractiveButtons({
        ...here, bodyText: "Quer pão? 🥖", footerText: "Padaria do Zé",
        header: { type: "image", image: { id: given.header } },
        buttons: [{ id: "yes", title: "Sim, já!" }, { id: "no", title: "Não" }],
    }));
    await ask("list", () => messages.sendInteractiveList({
        ...here, bodyText: "Quando?", buttonText: "Ver",
        header: { type: "text", text: "Horários" },
        sections: [{ title: "Hoje", rows: [{ id: "m", title: "Manhã", description: "6 às 9" }] }],
    }));
    await ask("cta_url", () => messages.sendInteractiveCtaUrl({
        ...here, bodyText: "Nosso site",
        parameters: { displayText: "Abrir", url: "https://padaria.example/pão" },
    }));
    await ask("product", () => messages.sendInteractiveProduct({
        ...here, bodyText: "Este", catalogId: businessAccountId, productRetailerId: "bolo",
    }));
    await ask("product_list", () => messages.sendInteractiveProductList({
        ...here, bodyText: "Estes", header: { type: "text", text: "Do dia" },
        catalogId: businessAccountId,
        sections: [{ title: "Pães", productItems: [{ productRetailerId: "bolo" }] }],
    }));
    await ask("catalog_message", () => messages.sendInteractiveCatalogMessage({
        ...here, bodyText: "Tudo", parameters: { thumbnailProductRetailerId: "bolo" },
    }));
    await ask("location_request", () => messages.sendInteractiveLocationRequest({
        ...here, bodyText: "Onde é a entrega?", parameters: { requestMessage: "Onde?" },
    }));
}

async function useTemplates(here) {
    const { messages, templates } = client;
    const made = await ask("create template", () => templates.create({
        businessAccountId, name: "kapso_pronto", language: "pt_BR", category: "UTILITY",
        components: [
            { type: "BODY", text: "Olá {{1}}, seu pão está pronto." },
            { type: "BUTTONS", buttons: [{ type: "QUICK_REPLY", text: "Já vou" }] },
        ],
    }));
    await ask("list templates", () => templates.list({ businessAccountId, limit: 10 }));
    await ask("get template", () => templates.get({ businessAccountId, templateId: made.id }));
    const template = buildTemplateSendPayload({
        name: "kapso_pronto", language: "pt_BR",
        body: [{ type: "text", text: "Ana" }],
        buttons: [{
            type: "button", subType: "quick_reply", index: 0,
            parameters: [{ type: "payload", payload: "JA-VOU" }],
        }],
    });
    await ask("template", () => messages.sendTemplate({ ...here, template }));
    await ask("delete template", () => templates.delete({
        businessAccountId, name: "kapso_pronto", language: "pt_BR",
    }));
}

async function manage() {
    const { phoneNumbers } = client;
    await ask("request code", () => phoneNumbers.requestCode({
        phoneNumberId, codeMethod: "SMS", language: "pt_BR",
    }));
    await ask("verify code", () => phoneNumbers.verifyCode({ phoneNumberId, code: "123456" }));
    await ask("deregister", () => phoneNumbers.deregister({ phoneNumberId }));
    await ask("register", () => phoneNumbers.register({ phoneNumberId, pin: "123456" }));
    await ask("change profile", () => phoneNumbers.businessProfile.update({
        phoneNumberId, about: "Pão às 6 🥐", websites: ["https://padaria.example/"],
    }));
    await ask("profile", () => phoneNumbers.businessProfile.get({ phoneNumberId }));
}

async function askForWhatIsNotHere(here) {
    await ask("flow", () => client.messages.sendInteractiveFlow({
        ...here, bodyText: "x", parameters: { flowId: "1", flowCta: "Open" },
    }));
    await ask("settings", () => client.phoneNumbers.settings.get({ phoneNumberId }));
    await ask("call", () => client.calls.connect({
        ...here, session: { sdpType: "offer", sdp: "v=0" },
    }));
    await ask("nobody", () => client.messages.sendText({
        phoneNumberId, to: "5511000000000", body: "Alô?",
    }));
}

await run({ answerGet, answerPost, talk });
