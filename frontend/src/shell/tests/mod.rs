mod commands;
mod random;
mod render;
mod robustness;
mod script_maker;
mod shells;
mod vectors;
