const { Client, Events, GatewayIntentBits } = require("discord.js");

// discord.js adds the version itself.
const api = process.env.DISCORD_API.replace(/\/v\d+$/, "");
const client = new Client({ intents: [GatewayIntentBits.Guilds], rest: { api } });

const button = { type: 1, components: [{ type: 2, style: 1, label: "Start", custom_id: "start" }] };
const name = { type: 1, components: [{ type: 4, style: 1, label: "Name", custom_id: "name" }] };

client.once(Events.ClientReady, () =>
  client.application.commands.set([{ name: "hello", description: "Say hello" }]),
);

client.on(Events.InteractionCreate, async (interaction) => {
  if (interaction.isChatInputCommand()) {
    await interaction.reply({ content: "Shall we?", components: [button] });
  } else if (interaction.isButton()) {
    await interaction.showModal({ title: "Who are you?", custom_id: "who", components: [name] });
  } else if (interaction.isModalSubmit()) {
    await interaction.reply(`Hello ${interaction.fields.getTextInputValue("name")}!`);
  }
});

client.login(process.env.DISCORD_TOKEN);
