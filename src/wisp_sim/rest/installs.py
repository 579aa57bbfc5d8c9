"""The route by which users add applications: to themselves, or to a guild that they manage."""

from wisp_sim.model.errors import ApiError
from wisp_sim.model.kinds import Installation
from wisp_sim.model.permission import Permission
from wisp_sim.rest.call import Access, Call, Reply, Route
from wisp_sim.rules.form import Errors, Form
from wisp_sim.state.installs import install
from wisp_sim.state.members import join


def authorize(call: Call) -> Reply:
    """POST /oauth2/authorize: as the page does on which users add an application.

    Source: https://docs.discord.com/developers/topics/oauth2#advanced-bot-authorization, for the query.
    """
    page = call.page()
    application_id = page.snowflake("client_id", required=True)
    kind = page.choice("integration_type", tuple(int(one) for one in Installation)) or Installation.GUILD
    scopes = (page.text("scope", required=True) or "").split()
    page.errors.check()
    form = Form(call.body, Errors())
    agreed = form.truth("authorize")
    guild_id = form.snowflake("guild_id", required=kind == Installation.GUILD)
    form.errors.check()
    if application_id not in call.store.applications:
        raise ApiError(404, 10002, "Unknown Application")
    if not {"applications.commands", "bot"} & set(scopes):
        page.fail("scope", "OAUTH2_SCOPE_INVALID", "Name the scope applications.commands, or bot")
        page.errors.check()
    if agreed and kind == Installation.USER:
        install(call.store, call.user.id, application_id)
    elif agreed:
        guild = call.store.need_guild(guild_id or 0, call.user.id)
        call.store.need_permissions(guild, call.user.id, Permission.MANAGE_GUILD)
        join(call.store, guild, application_id)
    return Reply({"location": ""})


ROUTES = (Route("POST", "/oauth2/authorize", authorize, Access.USER),)
