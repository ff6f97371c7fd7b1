//! Introspection: who may ask for the schema, and what the others are not told of it.

use access::{Caller, Role};
use async_graphql::{
    Response as Answer,
    parser::types::{ExecutableDocument, Selection, SelectionSet},
};
use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    App,
    graphql::known,
    reply::{Denial, Media, RequestId},
};

/// Who may ask for the schema.
#[derive(Clone, Debug, Default)]
pub enum Introspection {
    /// Every caller: who has a token.
    #[default]
    All,
    /// These roles; without any, nobody.
    Roles(Vec<Role>),
}

impl Introspection {
    /// Whether a caller may ask for the schema.
    pub fn allows(&self, caller: &Caller) -> bool {
        match self {
            Self::All => true,
            Self::Roles(roles) => caller.roles.iter().any(|role| roles.contains(role)),
        }
    }

    /// Refuses a document that asks for the schema to a caller who may not.
    pub fn check(&self, caller: &Caller, document: &ExecutableDocument) -> Result<(), Denial> {
        if self.allows(caller) || !asks(document) { Ok(()) } else { Err(self.refusal()) }
    }

    fn refusal(&self) -> Denial {
        let message = match self {
            Self::Roles(roles) if !roles.is_empty() => {
                let roles: Vec<_> = roles.iter().map(|role| role.name()).collect();
                format!("The schema is shown to the roles {} only.", roles.join(", "))
            }
            _ => "This server does not show its schema.".to_owned(),
        };
        Denial::new(StatusCode::FORBIDDEN, "INTROSPECTION_FORBIDDEN", message)
    }
}

/// Takes what the library suggests out of the errors of a document.
pub fn without_suggestions(answer: &mut Answer) {
    for error in answer.errors.iter_mut().filter(|error| error.path.is_empty()) {
        if let Some(place) = error.message.find(" Did you mean ") {
            error.message.truncate(place);
        }
    }
}

/// The schema as text, for who may ask for it.
pub async fn sdl(State(app): State<App>, Extension(id): Extension<RequestId>, headers: HeaderMap) -> Response {
    let introspection = &app.settings.introspection;
    match known(&app, &headers, Media::Any, &id).await {
        Ok((caller, _)) if introspection.allows(&caller) => {}
        Ok(_) => return introspection.refusal().response(Media::Any, &id),
        Err(refused) => return *refused,
    }
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], app.sdl).into_response()
}

/// Whether any part of a document asks for the schema. Its depth is bounded by that of its brackets.
fn asks(document: &ExecutableDocument) -> bool {
    document.operations.iter().any(|(_, operation)| within(&operation.node.selection_set.node))
        || document.fragments.values().any(|fragment| within(&fragment.node.selection_set.node))
}

fn within(selection: &SelectionSet) -> bool {
    selection.items.iter().any(|item| match &item.node {
        Selection::Field(field) => {
            ["__schema", "__type"].contains(&field.node.name.node.as_str()) || within(&field.node.selection_set.node)
        }
        Selection::InlineFragment(fragment) => within(&fragment.node.selection_set.node),
        Selection::FragmentSpread(_) => false,
    })
}
