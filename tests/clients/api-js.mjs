// A bot written with whatsapp-api-js: its own web server's door, its own senders.

import { ask, given, hear, run, sample } from "./bot.mjs";
import * as m from "whatsapp-api-js/messages";
import { WhatsAppAPI } from "whatsapp-api-js/middleware/node-http";
import { Node18 } from "whatsapp-api-js/setup/node";

const GRAPH = "https://graph.facebook.com";

const bot = new WhatsAppAPI(Node18({
    token: given.token,
    appSecret: given.secret,
    webhookVerifyToken: given.verifyToken,
    v: "v24.0",
    ponyfill: {
        fetch: (url, init) => fetch(String(url).replace(GRAPH, given.baseUrl), init),
    },
}));
const phone = given.phone;

bot.on.message = ({ message, name, from, recipient, reply, received }) => {
    hear({ kind: "message", text: message.text?.body, name, from, recipient, message });
    if (message.text?.body === "eco") {
        return Promise.all([received("text"), reply(new m.Text("Eco: ção 🥐"), true, "eco-1")]);
    }
};
bot.on.status = ({ status, id, biz_opaque_callback_data, contact }) => {
    hear({ kind: "status", status, id, bizOpaqueCallbackData: biz_opaque_callback_data, contact });
};

function answerGet(request) {
    try {
        return [200, bot.handle_get(request)];
    } catch (status) {
        return [status, ""];
    }
}

async function answerPost(request) {
    return [await bot.handle_post(request), ""];
}

async function talk({ recipient, message }) {
    const send = (name, what, ...more) =>
        ask(name, () => bot.sendMessage(phone, recipient, what, ...more));
    await send("text", new m.Text("Tem sim, é pra já! ☕ ção", true), message.id, "apijs-1");
    await ask("by digits", () => bot.sendMessage(phone, recipient.phone, new m.Text("Só dígitos")));
    await ask("by id", () => bot.sendMessage(phone, { bsuid: recipient.bsuid }, new m.Text("Só id")));
    await Promise.all(bot.broadcastMessage(phone, [recipient], new m.Text("A todos"), 1, 0));
    await send("reaction", new m.Reaction(message.id, "🥖"));
    await ask("read", () => bot.markAsRead(phone, message.id, "text"));
    await showFiles(send);
    await offer(send);
    await send("location", new m.Location(-34.9, -8.05, "Padaria", "Rua da Aurora, 1"));
    await send("contacts", new m.Contacts([
        new m.Name("José da Silva", "José"),
        new m.Phone("+55 81 99999-0000", "WORK"),
        new m.Organization("Padaria"),
        new m.Address("Brasil", "BR", "PE", "Recife", "Rua da Aurora, 1", "50050-000", "WORK"),
        new m.Email("ze@padaria.example", "WORK"),
        new m.Url("https://padaria.example/", "WORK"),
        new m.Birthday("1970", "01", "02"),
    ]));
    await send("template", new m.Template("apijs_pronto", "pt_BR",
        new m.BodyComponent(new m.BodyParameter("Ana"),
            new m.BodyParameter(new m.Currency(45000, "BRL", "R$ 45,00"))),
        new m.PayloadComponent("JA-VOU")));
    await manage(recipient);
    await ask("call", () => bot.initiateCall(phone, recipient, "v=0"));
    await ask("group", () => bot.sendMessage(phone, { group: "1" }, new m.Text("x")));
}

async function showFiles(send) {
    const kept = {};
    const files = {
        image: ["bolo.png", "image/png"], document: ["conta.pdf", "application/pdf"],
        video: ["forno.mp4", "video/mp4"], audio: ["voz.ogg", "audio/ogg"],
        sticker: ["figurinha.webp", "image/webp"],
    };
    for (const [type, [fileName, mime]] of Object.entries(files)) {
        const form = new FormData();
        form.set("file", new Blob([await sample(fileName)], { type: mime }), fileName);
        kept[type] = (await ask(`upload ${type}`, () => bot.uploadMedia(phone, form))).id;
    }
    await send("image", new m.Image(kept.image, true, "Bolo de maçã 🍎"));
    await send("linked image", new m.Image(`${given.files}/bolo.png`));
    await send("document", new m.Document(kept.document, true, "Conta", "conta à vista.pdf"));
    await send("video", new m.Video(kept.video, true));
    await send("audio", new m.Audio(kept.audio, true, true));
    await send("sticker", new m.Sticker(kept.sticker, true));
    const shown = await ask("media", () => bot.retrieveMedia(kept.image, phone));
    await ask("bytes", async () => {
        const reply = await bot.fetchMedia(shown.url);
        return Buffer.from(await reply.arrayBuffer()).subarray(1, 4).toString();
    });
    const spare = new FormData();
    spare.set("file", new Blob([await sample("bolo.png")], { type: "image/png" }), "b.png");
    const extra = await bot.uploadMedia(phone, spare);
    await ask("delete media", () => bot.deleteMedia(extra.id, phone));
    given.header = kept.image;
}

async function offer(send) {
    const body = new m.Body("Quer pão? 🥖");
    await send("buttons", new m.Interactive(
        new m.ActionButtons(new m.Button("yes", "Sim, já!"), new m.Button("no", "Não")),
        body, new m.Header(new m.Image(given.header, true)), new m.Footer("Padaria do Zé")));
    await send("list", new m.Interactive(
        new m.ActionList("Ver", new m.ListSection("Hoje", new m.Row("m", "Manhã", "6 às 9"))),
        new m.Body("Quando?"), new m.Header("Horários")));
    await send("cta_url", new m.Interactive(
        new m.ActionCTA("Abrir", "https://padaria.example/pão"), new m.Body("Nosso site")));
    const cake = new m.CatalogProduct("bolo", given.account);
    await send("product", new m.Interactive(new m.ActionProduct(cake), new m.Body("Este")));
    await send("product_list", new m.Interactive(
        new m.ActionProductList(given.account, new m.ProductSection("Pães", new m.Product("bolo"))),
        new m.Body("Estes"), new m.Header("Do dia")));
    await send("catalog_message", new m.Interactive(
        new m.ActionCatalog(new m.Product("bolo")), new m.Body("Tudo")));
    await send("location_request", new m.Interactive(
        new m.ActionLocation(), new m.Body("Onde é a entrega?")));
}

async function manage(recipient) {
    const made = await ask("create qr", () => bot.createQR(phone, "Quero pão 🥖", "svg"));
    await ask("update qr", () => bot.updateQR(phone, made.code, "Quero bolo"));
    await ask("one qr", () => bot.retrieveQR(phone, made.code));
    await ask("all qr", () => bot.retrieveQR(phone));
    await ask("delete qr", () => bot.deleteQR(phone, made.code));
    await ask("block", () => bot.blockUser(phone, recipient));
    await ask("unblock", () => bot.unblockUser(phone, recipient));
}

await run({ answerGet, answerPost, talk });
